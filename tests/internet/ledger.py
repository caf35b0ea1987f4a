"""What a service was asked, when, and by how many at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

KEPT = 50_000  # requests a service remembers; a benchmark asks for days
MINUTE = 60.0


@dataclass
class Asked:
    """One request, `path` below the service's prefix as it was sent.

    `at` is in seconds since 1970, `at_once` counts this request and those that were unanswered when
    it came. `status` is None until it is answered, and for good if the connection was cut.
    """

    method: str
    path: str
    query: Mapping[str, str]
    user_agent: str
    headers: Mapping[str, str]
    at_once: int
    at: float = field(default_factory=time.time)
    monotonic: float = field(default_factory=time.monotonic)
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Violation:
    """Something asked in a way the real service forbids or cannot understand."""

    service: str
    reason: str
    url: str


class Ledger:
    """The requests of one service."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._changed = asyncio.Event()
        self.forget()

    def forget(self) -> None:
        """Begin a new page: nothing was asked so far."""
        self._requests: deque[Asked] = deque(maxlen=KEPT)
        self.total = 0

    @property
    def requests(self) -> list[Asked]:
        """The last 50,000 requests, oldest first."""
        return list(self._requests)

    def requests_for(self, part: str) -> list[Asked]:
        """The requests that have this text in their path or in a value of their query."""
        return [
            asked
            for asked in self._requests
            if part in asked.path or any(part in value for value in asked.query.values())
        ]

    @property
    def most_at_once(self) -> int:
        """The most requests that were unanswered at the same time."""
        return max((asked.at_once for asked in self._requests), default=0)

    @property
    def statuses(self) -> dict[str, int]:
        """How many requests were answered with which status; `none` is no answer."""
        counts: dict[str, int] = {}
        for asked in self._requests:
            status = "none" if asked.status is None else str(asked.status)
            counts[status] = counts.get(status, 0) + 1
        return counts

    def per_minute(self) -> int:
        """The most requests that came within any 60 seconds."""
        window: deque[float] = deque()
        most = 0
        for asked in self._requests:
            window.append(asked.monotonic)
            while window[0] <= asked.monotonic - MINUTE:
                window.popleft()
            most = max(most, len(window))
        return most

    def last_minute(self) -> int:
        """The requests that came within the 60 seconds before now."""
        begin = time.monotonic() - MINUTE
        count = 0
        for asked in reversed(self._requests):
            if asked.monotonic <= begin:
                break
            count += 1
        return count

    async def asked(self, times: int = 1, within: float = 5.0) -> None:
        """Wait until this many requests have come, answered or not, since the page began.

        Raises AssertionError if they have not after `within` seconds.
        """
        try:
            async with asyncio.timeout(within):
                while self.total < times:
                    await self._changed.wait()
        except TimeoutError:
            message = f"asked {self.total} times within {within} s, not {times}"
            raise AssertionError(message) from None

    async def quiet(self, within: float = 5.0) -> None:
        """Wait until no request is unanswered: answered, cut, or given up by the client.

        Raises AssertionError if one still is after `within` seconds.
        """
        try:
            async with asyncio.timeout(within):
                while self.in_flight:
                    await self._changed.wait()
        except TimeoutError:
            message = f"{self.in_flight} requests are still unanswered after {within} s"
            raise AssertionError(message) from None

    def arrives(self, request: web.Request, path: str) -> Asked:
        """Note a request; `leaves` must follow."""
        self.in_flight += 1
        asked = Asked(
            method=request.method,
            path=path,
            query=dict(request.query),
            user_agent=request.headers.get("User-Agent", ""),
            headers=dict(request.headers),
            at_once=self.in_flight,
        )
        self._requests.append(asked)
        self.total += 1
        self._change()
        return asked

    def leaves(self, asked: Asked, status: int | None) -> None:
        """Note how a request ended."""
        asked.status = status
        self.in_flight -= 1
        self._change()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
