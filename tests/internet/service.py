"""What all outside services have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from aiohttp import web

from tests.internet.faults import Faults
from tests.internet.ledger import Ledger, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.internet.facts import Facts

KEPT_VIOLATIONS = 1000
_IDENTIFYING = re.compile(r"LidarrMetadataServer/\S+( \(.+\))?")


@dataclass
class World:
    """What the services share."""

    facts: Facts
    enforces_limits: bool = False
    violations: list[Violation] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    def record(self, violation: Violation) -> None:
        """Keep a violation, unless there are plenty."""
        if len(self.violations) < KEPT_VIOLATIONS:
            self.violations.append(violation)


@dataclass(frozen=True)
class Limit:
    """What a service allows; `retry_after` in seconds goes with the 429."""

    per_minute: int
    at_once: int | None = None
    retry_after: int | None = None


class Service(Ledger, Faults, ABC):
    """One outside service: `answer` says what it answers when it is well.

    `name` is its attribute of `Internet`, `prefixes` are the first segments of its paths (the name
    itself if there are none).
    """

    name: ClassVar[str]
    prefixes: ClassVar[tuple[str, ...]] = ()
    methods: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})

    def __init__(self, world: World) -> None:
        Ledger.__init__(self)
        Faults.__init__(self)
        self.world = world

    @property
    def facts(self) -> Facts:
        return self.world.facts

    @abstractmethod
    def answer(self, request: web.Request, path: str) -> web.Response:
        """The right answer. `path` begins with the prefix and is as it was sent (encoded)."""

    def settings(self, base: str) -> dict[str, str]:
        """The settings that send the server here; `base` is the replay server's address."""
        return {}

    def limit(self, request: web.Request) -> Limit | None:
        """What this client may ask; None: as much as it likes."""
        return None

    def counted_together(self) -> Sequence[Ledger]:
        """Whose requests count towards the limit."""
        return [self]

    def refusal(self, request: web.Request) -> web.Response | None:
        """What a client gets who may not ask at all."""
        return None

    def too_many(self, limit: Limit) -> web.Response:
        """What a client gets who asks too much."""
        wait = {} if limit.retry_after is None else {"Retry-After": str(limit.retry_after)}
        return web.Response(status=429, text="Too Many Requests", headers=wait)

    def violates(self, request: web.Request, reason: str) -> None:
        """Record wrong use; what is answered is another matter."""
        self.world.record(Violation(self.name, reason, str(request.rel_url)))

    async def receive(self, request: web.Request, path: str) -> web.StreamResponse:
        """Note the request, check it, answer it, spoil the answer."""
        asked = self.arrives(request, path)
        status = None
        try:
            response = await self.spoiled(request, self._right(request, path))
            if response is None:
                return web.Response()  # goes nowhere: the connection has been cut
            status = response.status
            return response
        finally:
            self.leaves(asked, status)

    def _right(self, request: web.Request, path: str) -> web.Response:
        agent = request.headers.get("User-Agent", "")
        if not _IDENTIFYING.fullmatch(agent):
            self.violates(request, f"the User-Agent {agent!r} does not say who is asking")
        if request.method not in self.methods:
            self.violates(request, f"{request.method} is not allowed")
            return web.Response(status=405, headers={"Allow": ", ".join(sorted(self.methods))})
        limit = self.limit(request) if self.world.enforces_limits else None
        if limit is not None and (reason := self._excess(limit)):
            self.violates(request, reason)
            return self.too_many(limit)
        return self.refusal(request) or self.answer(request, path)

    def _excess(self, limit: Limit) -> str | None:
        ledgers = self.counted_together()
        asked = sum(ledger.last_minute() for ledger in ledgers)
        if asked > limit.per_minute:
            return f"{asked} requests within a minute, {limit.per_minute} are allowed"
        now = sum(ledger.in_flight for ledger in ledgers)
        if limit.at_once is not None and now > limit.at_once:
            return f"{now} requests at once, {limit.at_once} are allowed"
        return None


def not_found(text: str = "Not Found") -> web.Response:
    """A 404 for humans, as web servers give for paths that lead nowhere."""
    return web.Response(status=404, text=f"<h1>{text}</h1>", content_type="text/html")
