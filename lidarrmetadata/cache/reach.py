"""Whether a store can be reached, and what it missed while it could not."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from lidarrmetadata.cache.store import CacheUnavailable

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Callable, Iterable

    from lidarrmetadata.cache.store import Store

log = logging.getLogger(__name__)

OWED_MAX = 10_000
"""Keys remembered for one store: about 1 MB. With more of them, a whole table is due."""

# Owed keys expired in one call, which any store can do in a fraction of its timeout.
_PORTION = 1000


@dataclass
class _Away:
    """A table that could not be reached."""

    cause: str = ""
    until: float = 0.0  # by the monotonic clock; then it may be tried again
    trying: bool = False
    owed: set[str] = field(default_factory=set)
    owes_all: bool = False

    @property
    def in_debt(self) -> bool:
        return self.owes_all or bool(self.owed)


class Reach:
    """The way to one store, table by table: only one of them may be locked.

    A table that was unavailable is left alone for `rest` seconds. Then one call tries, while others
    still do without: so a store that hangs costs one timeout in that time, not one a request.
    """

    def __init__(
        self,
        store: Store,
        *,
        monotonic: Callable[[], float],
        rest: float,
        passed_over: Counter[str],
    ) -> None:
        """`passed_over` counts calls that had to do without the store, by its name."""
        self.store = store
        self.is_down = False
        """Whether it is unavailable, as far as anybody has tried."""
        self._monotonic = monotonic
        self._rest = rest
        self._passed_over = passed_over
        self._away: dict[str, _Away] = {}

    async def open(self) -> None:
        """Open the store. If it is unavailable, that is noted."""
        try:
            await self.store.open()
        except CacheUnavailable as error:
            self._note_down(error)

    @asynccontextmanager
    async def using(self, table: str) -> AsyncIterator[Store]:
        """The store, for one call that concerns a table.

        Raises CacheUnavailable, at once if the table is to be left alone.
        """
        away = self._away.get(table)
        if away and (away.trying or self._monotonic() < away.until):
            self._passed_over[self.store.name] += 1
            raise CacheUnavailable(away.cause)
        try:
            if away is None:
                yield self.store
            else:
                async with self._trial(table, away):
                    yield self.store
        except CacheUnavailable as error:
            self._note_down(error)
            away = self._away.setdefault(table, _Away())
            away.cause, away.until = str(error), self._monotonic() + self._rest
            raise

    def owe(self, table: str, keys: Iterable[str] | None) -> None:
        """These were not written: what the store has there is due before it is used again.

        None: all of the table. To be called at once when `using` has raised.
        """
        away = self._away[table]
        if keys is None:
            away.owes_all = True
        elif not away.owes_all:
            away.owed.update(keys)
            away.owes_all = sum(len(one.owed) for one in self._away.values()) > OWED_MAX
        if away.owes_all:
            away.owed.clear()

    @asynccontextmanager
    async def _trial(self, table: str, away: _Away) -> AsyncIterator[None]:
        away.trying = True
        try:
            await self._settle(table, away)
            yield
        finally:
            away.trying = False
        # Others may have written meanwhile, and were passed over: then the next call settles that.
        if not away.in_debt:
            del self._away[table]
        if self.is_down:
            self.is_down = False
            log.info("event=cache_available store=%s", self.store.name)

    async def _settle(self, table: str, away: _Away) -> None:
        """Expire what is owed, quietly: who wrote it elsewhere has told everybody.

        What comes to be owed once more meanwhile is settled too: nothing of it gets written here.
        """
        while away.in_debt:
            if away.owes_all:
                await self.store.expire_all(table)
                away.owes_all = False
            else:
                portion = set(islice(away.owed, _PORTION))
                await self.store.expire_many(table, portion, announce=False)
                away.owed -= portion

    def _note_down(self, error: CacheUnavailable) -> None:
        self._passed_over[self.store.name] += 1
        if not self.is_down:
            self.is_down = True
            log.warning("event=cache_unavailable store=%s cause=%r", self.store.name, str(error))
