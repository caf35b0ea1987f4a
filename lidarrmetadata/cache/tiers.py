"""Several stores as one: near ones first, far ones for what those do not have."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lidarrmetadata.cache.reach import Reach
from lidarrmetadata.cache.store import TABLES, CacheUnavailable, Store, check_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from lidarrmetadata.cache.entry import Entry


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _Reading:
    """What has been changed while somebody reads: what was read may be older."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._all = False

    def overtake(self, keys: Iterable[str] | None) -> None:
        """None: any of them may have been changed."""
        if keys is None:
            self._all = True
        else:
            self._keys.update(keys)

    def overtaken(self, keys: Iterable[str]) -> frozenset[str]:
        return frozenset(keys if self._all else self._keys.intersection(keys))


class Tiers(Store):
    """`stores` from near to far, as one.

    A store that is unavailable is passed over, with one line in the log when that begins and one
    when it ends, and tried again every `rest` seconds of the `monotonic` clock. What it could not
    be told is expired there before it is used again. Reading never raises CacheUnavailable: without
    any store there are no entries.
    """

    name = "tiers"

    def __init__(
        self,
        stores: Sequence[Store],
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        rest: float = 1.0,
    ) -> None:
        self._clock = clock
        self._readers: dict[str, list[_Reading]] = {table: [] for table in TABLES}
        self.passed_over: Counter[str] = Counter()
        """Calls each store could not answer so far, by its name."""
        self.hits: Counter[str] = Counter()
        """Keys found fresh so far, by the name of the store."""
        self.misses = 0
        """Keys that no store had fresh."""
        self._tiers = tuple(
            Reach(store, monotonic=monotonic, rest=rest, passed_over=self.passed_over)
            for store in stores
        )
        # Shared stores from near to far: the farthest tells other processes, and what they then
        # find in a nearer one must be new already. What is this process's own comes last, and from
        # far to near, so that it does not keep what somebody reads from the others meanwhile.
        self._writing_order = (
            *(tier for tier in self._tiers if tier.store.shared),
            *(tier for tier in reversed(self._tiers) if not tier.store.shared),
        )

    @property
    def degraded(self) -> bool:
        """Whether some store is unavailable, as far as anybody has tried."""
        return any(tier.is_down for tier in self._tiers)

    async def open(self) -> None:
        """See `Store`. A store that cannot be opened is passed over."""
        for tier in self._tiers:
            await tier.open()

    async def close(self) -> None:
        """See `Store`."""
        async with AsyncExitStack() as stack:
            for tier in self._tiers:
                stack.push_async_callback(tier.store.close)

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. Never raises CacheUnavailable.

        What a near store lacks or has expired is asked of the next; the entry that lasts longest
        counts, and is left with the nearer ones on the way back.
        """
        check_table(table)
        now = self._clock()
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Entry] = {}
        nearer: list[Reach] = []
        with self._reading(table) as reading:
            for tier in self._tiers:
                if not wanted:
                    break
                try:
                    async with tier.using(table) as store:
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
                    await self._fill(upper, table, better, reading)
                nearer.append(tier)
                due = [key for key in wanted if key not in found or not found[key].is_fresh(now)]
                self.hits[tier.store.name] += len(wanted) - len(due)
                wanted = due
        self.misses += len(wanted)
        return found

    async def get_in_bulk(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """What the farthest store has that can answer: it knows most, and is asked once.

        For thousands of keys that are wanted once: finding those one by one in the nearer stores,
        and leaving them there, takes longer, and throws out what others want. Never raises
        CacheUnavailable.
        """
        check_table(table)
        wanted = list(dict.fromkeys(keys))
        now = self._clock()
        for tier in reversed(self._tiers):
            try:
                async with tier.using(table) as store:
                    found = await store.get_many(table, wanted)
            except CacheUnavailable:
                continue
            fresh = sum(entry.is_fresh(now) for entry in found.values())
            self.hits[tier.store.name] += fresh
            self.misses += len(wanted) - fresh
            return found
        self.misses += len(wanted)
        return {}

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`. Never raises CacheUnavailable: what is not kept is looked up again."""
        await self._write(table, entries, lambda store: store.put_many(table, entries))

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`. Raises CacheUnavailable, after expiring what it can, if a store was missed.

        If this process lives until that store is back, it expires them there, but tells no client;
        if not, the store comes back with what it had: so the caller has to repeat the call.
        """
        keys = list(keys)
        known: set[str] = set()

        async def expire(store: Store) -> None:
            known.update(await store.expire_many(table, keys, announce=announce))

        _refuse(await self._write(table, keys, expire), f"{len(keys)} entries of {table}")
        return known

    async def expire_all(self, table: str) -> None:
        """See `Store`. Raises CacheUnavailable as `expire_many` does."""
        missed = await self._write(table, None, lambda store: store.expire_all(table))
        _refuse(missed, f"all entries of {table}")

    def forget(self, table: str, keys: frozenset[str] | None) -> None:
        """See `Store`. Nor does what is being read from shared stores now come to be kept."""
        check_table(table)
        for tier in self._tiers:
            tier.store.forget(table, keys)
        self._overtake(table, keys)

    async def _write(
        self,
        table: str,
        keys: Iterable[str] | None,
        write: Callable[[Store], Awaitable[None]],
    ) -> list[str]:
        """Write these to all, None for the whole table. The names of stores that missed it."""
        check_table(table)
        missed = []
        try:
            for tier in self._writing_order:
                try:
                    async with tier.using(table) as store:
                        await write(store)
                except CacheUnavailable:
                    tier.owe(table, keys)
                    missed.append(tier.store.name)
        finally:
            self._overtake(table, keys)
        return missed

    async def _fill(
        self, tier: Reach, table: str, entries: Mapping[str, Entry], reading: _Reading
    ) -> None:
        overtaken = reading.overtaken(entries)
        fitting = {key: entry for key, entry in entries.items() if key not in overtaken}
        if not fitting:
            return
        with suppress(CacheUnavailable):
            async with tier.using(table) as store:
                await store.fill_many(table, fitting)
        if overtaken := reading.overtaken(fitting):
            tier.store.forget(table, overtaken)

    def _overtake(self, table: str, keys: Iterable[str] | None) -> None:
        for reading in self._readers[table]:
            reading.overtake(keys)

    @contextmanager
    def _reading(self, table: str) -> Iterator[_Reading]:
        reading = _Reading()
        self._readers[table].append(reading)
        try:
            yield reading
        finally:
            self._readers[table].remove(reading)


def _refuse(missed: Sequence[str], what: str) -> None:
    if missed:
        raise CacheUnavailable(
            f"{what} may come back as they were, since a part of the cache is unavailable "
            f"({', '.join(missed)}): expire them again when it is back"
        )
