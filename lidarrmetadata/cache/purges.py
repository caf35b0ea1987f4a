"""Addresses whose answers a cache in front of the server has yet to forget."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lidarrmetadata.cache.database import CacheDatabase
    from lidarrmetadata.resilience.clock import Clock

LEASE_SECONDS = 60.0
"""After this, what was claimed is due again: whoever claimed it is taken for dead."""

# Addresses asked for in one statement, which a slow disk writes well within the time it is given.
_AT_ONCE = 5000


class Claim(NamedTuple):
    """An address that somebody is purging now.

    `asked` tells one asking from the next, `tries` counts the claims since, this one included.
    """

    url: str
    asked: object
    tries: int


class PurgeBook(ABC):
    """Addresses, when each was asked for and when it is due. Methods raise CacheUnavailable."""

    @abstractmethod
    async def ask(self, urls: Iterable[str]) -> list[str]:
        """Have addresses purged, once more if they are being purged. Returns those not taken."""

    @abstractmethod
    async def claim(self, most: int = 30) -> list[Claim]:
        """Take up to `most` addresses that are due, the longest due first, for LEASE_SECONDS."""

    @abstractmethod
    async def done(self, claims: Sequence[Claim]) -> None:
        """Forget what has been purged, unless it was asked for again since it was claimed."""

    @abstractmethod
    async def put_off(self, claims: Sequence[Claim], seconds: float) -> None:
        """Make claimed addresses due in `seconds`."""

    @abstractmethod
    async def put_back(self, claims: Sequence[Claim]) -> None:
        """Make claimed addresses due at once, in the place they had."""

    @abstractmethod
    async def waiting(self) -> int:
        """How many addresses have yet to be purged."""

    @abstractmethod
    async def close(self) -> list[str]:
        """Called last. Returns the addresses that end with this process. Raises nothing."""


class PostgresPurgeBook(PurgeBook):
    """In the cache's database: any number of processes share it, and nothing ends with one.

    The database's clock counts, which is the same for all. It is opened and closed by whoever made
    it.
    """

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database

    async def ask(self, urls: Iterable[str]) -> list[str]:
        """See `PurgeBook`. Takes all; raises CacheUnavailable, and is to be repeated, if not."""
        wanted = sorted(set(urls))
        for begin in range(0, len(wanted), _AT_ONCE):
            async with self._database.connection() as connection:
                await connection.execute(
                    statement("cache/purge_ask"), wanted[begin : begin + _AT_ONCE]
                )
        return []

    async def claim(self, most: int = 30) -> list[Claim]:
        """See `PurgeBook`."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(statement("cache/purge_claim"), most, LEASE_SECONDS)
        return [Claim(*row) for row in rows]

    async def done(self, claims: Sequence[Claim]) -> None:
        """See `PurgeBook`."""
        async with self._database.connection() as connection:
            await connection.execute(statement("cache/purge_done"), *_columns(claims))

    async def put_off(self, claims: Sequence[Claim], seconds: float) -> None:
        """See `PurgeBook`."""
        await self._move(claims, seconds)

    async def put_back(self, claims: Sequence[Claim]) -> None:
        """See `PurgeBook`."""
        await self._move(claims, None)

    async def waiting(self) -> int:
        """See `PurgeBook`."""
        async with self._database.connection() as connection:
            waiting: int = await connection.fetchval(statement("cache/purge_waiting"))
        return waiting

    async def close(self) -> list[str]:
        """See `PurgeBook`."""
        return []

    async def _move(self, claims: Sequence[Claim], seconds: float | None) -> None:
        if not claims:
            return
        async with self._database.connection() as connection:
            await connection.execute(statement("cache/purge_put_off"), *_columns(claims), seconds)


def _columns(claims: Sequence[Claim]) -> tuple[list[str], list[object]]:
    return [claim.url for claim in claims], [claim.asked for claim in claims]


@dataclass
class _Waiting:
    """`asked` numbers the askings, `since` and `due` are on the monotonic clock."""

    asked: int = 0
    since: float = 0.0
    due: float = 0.0
    turn: int = 0
    tries: int = 0


class MemoryPurgeBook(PurgeBook):
    """In this process, for lack of a database: never unavailable, and full at `most` addresses."""

    def __init__(self, clock: Clock, most: int = 100_000) -> None:
        self._clock = clock
        self._most = most
        self._numbers = count(1)
        self._waiting: dict[str, _Waiting] = {}
        # When, which asking, which turn: what an address got a later turn for counts no more.
        self._turns: list[tuple[float, int, int, str]] = []

    async def ask(self, urls: Iterable[str]) -> list[str]:
        """See `PurgeBook`. What is due already keeps its place."""
        now = self._clock.monotonic()
        refused = []
        for url in dict.fromkeys(urls):
            waiting = self._waiting.get(url)
            if waiting is None and len(self._waiting) >= self._most:
                refused.append(url)
                continue
            is_due = waiting is not None and waiting.due <= now
            waiting = self._waiting.setdefault(url, _Waiting())
            waiting.asked, waiting.since, waiting.tries = next(self._numbers), now, 0
            if not is_due:
                self._schedule(url, waiting, now)
        return refused

    async def claim(self, most: int = 30) -> list[Claim]:
        """See `PurgeBook`."""
        now = self._clock.monotonic()
        claims: list[Claim] = []
        while len(claims) < most and self._turns and self._turns[0][0] <= now:
            _, _, turn, url = heappop(self._turns)
            waiting = self._waiting.get(url)
            if waiting is None or waiting.turn != turn:
                continue
            waiting.tries += 1
            self._schedule(url, waiting, now + LEASE_SECONDS)
            claims.append(Claim(url, waiting.asked, waiting.tries))
        return claims

    async def done(self, claims: Sequence[Claim]) -> None:
        """See `PurgeBook`."""
        for url in self._claimed(claims):
            del self._waiting[url]

    async def put_off(self, claims: Sequence[Claim], seconds: float) -> None:
        """See `PurgeBook`."""
        due = self._clock.monotonic() + seconds
        for url, waiting in self._claimed(claims).items():
            self._schedule(url, waiting, due)

    async def put_back(self, claims: Sequence[Claim]) -> None:
        """See `PurgeBook`."""
        for url, waiting in self._claimed(claims).items():
            self._schedule(url, waiting, waiting.since)

    async def waiting(self) -> int:
        """See `PurgeBook`."""
        return len(self._waiting)

    async def close(self) -> list[str]:
        """See `PurgeBook`. Forgets everything."""
        left = list(self._waiting)
        self._waiting.clear()
        self._turns.clear()
        return left

    def _claimed(self, claims: Sequence[Claim]) -> dict[str, _Waiting]:
        """Those of the claims that still are what was asked for last."""
        return {
            claim.url: waiting
            for claim in claims
            if (waiting := self._waiting.get(claim.url)) and waiting.asked == claim.asked
        }

    def _schedule(self, url: str, waiting: _Waiting, due: float) -> None:
        waiting.due, waiting.turn = due, next(self._numbers)
        heappush(self._turns, (due, waiting.asked, waiting.turn, url))
