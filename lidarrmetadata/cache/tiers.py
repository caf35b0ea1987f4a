"""Several stores as one: near ones first, far ones for what those do not have."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lidarrmetadata.cache.store import TABLES, CacheUnavailable, Store, check_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from lidarrmetadata.cache.entry import Entry

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Tiers(Store):
    """`stores` from near to far, as one.

    A store that is unavailable is passed over, with one line in the log when that begins and one
    when it ends. Reading never raises CacheUnavailable: without any store there are no entries.
    """

    name = "tiers"

    def __init__(
        self, stores: Sequence[Store], *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._stores = tuple(stores)
        self._clock = clock
        self._down: set[Store] = set()
        self._readers: dict[str, list[set[str]]] = {table: [] for table in TABLES}
        self.passed_over: Counter[str] = Counter()
        """Calls each store could not answer so far, by its name."""

    async def open(self) -> None:
        """See `Store`. A store that cannot be opened is passed over."""
        for store in self._stores:
            with suppress(CacheUnavailable), self._noting_outages(store):
                await store.open()

    async def close(self) -> None:
        """See `Store`."""
        async with AsyncExitStack() as stack:
            for store in self._stores:
                stack.push_async_callback(store.close)

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. Never raises CacheUnavailable.

        What a near store lacks or has expired is asked of the next; the entry that lasts longest
        counts, and is left with the nearer ones on the way back.
        """
        check_table(table)
        now = self._clock()
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Entry] = {}
        nearer: list[Store] = []
        with self._reading(table) as rewritten:
            for store in self._stores:
                if not wanted:
                    break
                try:
                    with self._noting_outages(store):
                        answer = await store.get_many(table, wanted)
                except CacheUnavailable:
                    continue
                better = {
                    key: entry
                    for key, entry in answer.items()
                    if key not in found or entry.expires > found[key].expires
                }
                found.update(better)
                for upper in nearer:
                    await self._fill(upper, table, better, rewritten)
                nearer.append(store)
                wanted = [key for key in wanted if key not in found or not found[key].is_fresh(now)]
        return found

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`. Never raises CacheUnavailable: what is not kept is looked up again."""
        await self._write(table, entries, lambda store: store.put_many(table, entries))

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`. Raises CacheUnavailable, after expiring what it can, if a store was missed.

        That store will come back with the entries it had, so the caller has to repeat the call.
        """
        keys = list(keys)
        known: set[str] = set()

        async def expire(store: Store) -> None:
            known.update(await store.expire_many(table, keys, announce=announce))

        missed = await self._write(table, keys, expire)
        if missed:
            names = ", ".join(store.name for store in missed)
            raise CacheUnavailable(
                f"{len(keys)} entries of {table} may come back as they were, since a part of the "
                f"cache is unavailable ({names}): expire them again when it is back"
            )
        return known

    async def _write(
        self, table: str, keys: Iterable[str], write: Callable[[Store], Awaitable[None]]
    ) -> list[Store]:
        """Write to all, and return the stores that were unavailable.

        The farthest first: whoever misses a near store meanwhile must not bring back the old entry.
        """
        check_table(table)
        missed = []
        try:
            for store in reversed(self._stores):
                try:
                    with self._noting_outages(store):
                        await write(store)
                except CacheUnavailable:
                    missed.append(store)
        finally:
            for rewritten in self._readers[table]:
                rewritten.update(keys)
        return missed

    async def _fill(
        self, store: Store, table: str, entries: Mapping[str, Entry], rewritten: set[str]
    ) -> None:
        fitting = {key: entry for key, entry in entries.items() if key not in rewritten}
        if not fitting:
            return
        with suppress(CacheUnavailable), self._noting_outages(store):
            await store.put_many(table, fitting)
            if overtaken := rewritten.intersection(fitting):
                await store.expire_many(table, overtaken)

    @contextmanager
    def _reading(self, table: str) -> Iterator[set[str]]:
        """A set that fills with the keys written while it is open: what was read may be older."""
        rewritten: set[str] = set()
        self._readers[table].append(rewritten)
        try:
            yield rewritten
        finally:
            # By identity: all sets without keys are equal.
            self._readers[table] = [one for one in self._readers[table] if one is not rewritten]

    @contextmanager
    def _noting_outages(self, store: Store) -> Iterator[None]:
        """Count what a store could not answer, and say when that begins and ends."""
        try:
            yield
        except CacheUnavailable as error:
            self.passed_over[store.name] += 1
            if store not in self._down:
                self._down.add(store)
                log.warning("event=cache_unavailable store=%s cause=%r", store.name, str(error))
            raise
        if store in self._down:
            self._down.remove(store)
            log.info("event=cache_available store=%s", store.name)
