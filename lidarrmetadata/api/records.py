"""What sources said, remembered, and asked for anew when it has grown old."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from lidarrmetadata.cache.entry import Entry, fuzzed
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.resilience.breaker import BreakerOpen
from lidarrmetadata.resilience.limit import RateLimited

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.provider.mixins import SourceMixin
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.resilience.clock import Clock

    Records = dict[str, Record | None]

log = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
"""Calls of sources under way at the same time, each for any number of keys; further ones are not
made. A source answers in milliseconds or gives up after seconds, so more are never of use."""

_QUIET = (BreakerOpen, RateLimited)  # not asked at all: what led to it has been logged


class _Flight:
    """One look-up of some keys, on its way from what is remembered to what the source says."""

    def __init__(self) -> None:
        self.records: Records = {}
        self.read = asyncio.Event()  # `records` holds what was remembered, old or not
        self.told = asyncio.Event()  # and what the source says: nothing more will come
        self.owed: set[str] = set()  # what it was asked and has not said (yet)


class LookUp:
    """Some keys of one source, and what has been found out about them so far."""

    def __init__(self, flights: Mapping[str, _Flight]) -> None:
        self._flights = flights

    @property
    def records(self) -> Records:
        """Records by key: None for "no such thing", no entry for what cannot be told (yet)."""
        return {
            key: flight.records[key]
            for key, flight in self._flights.items()
            if key in flight.records
        }

    async def done(self) -> None:
        """Wait until every key is remembered, or its source has said what it can.

        Who stops waiting stops nothing else: what is found out later is remembered all the same.
        """
        for flight in set(self._flights.values()):
            await flight.read.wait()
        for key, flight in self._flights.items():
            if key not in flight.records:
                await flight.told.wait()

    async def told(self) -> None:
        """Wait until the source has been asked for all that is old, and has said what it can."""
        for flight in set(self._flights.values()):
            await flight.told.wait()

    @property
    def is_told(self) -> bool:
        """Whether nothing more will come."""
        return all(flight.told.is_set() for flight in self._flights.values())

    @property
    def is_complete(self) -> bool:
        """Whether something is known about every key, and nothing old that could not be renewed."""
        return all(
            key in flight.records and not (key in flight.owed and flight.told.is_set())
            for key, flight in self._flights.items()
        )


class RecordBook:
    """Looks up records of sources by key: in the store, else at the source.

    A source that is asked for the same key twice at once is asked once. What it could not tell is
    not remembered, and what was remembered earlier is used in its place, however old.
    """

    def __init__(self, store: Store, clock: Clock, lifetimes: Mapping[str, Any]) -> None:
        """`lifetimes` are those of `CACHE_TTL`: seconds by table, and for "no such thing"."""
        self._store = store
        self._clock = clock
        self._lifetimes = lifetimes
        self._flights: dict[tuple[str, str, bool], _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = 0
        self._overrun = False

    def look_up(self, source: SourceMixin, keys: Iterable[str], *, anew: bool = False) -> LookUp:
        """Begin to look up these keys, in the background.

        What is remembered is there at once; if it is old, or with `anew` in any case, it is fetched
        anew, for the next or for who waits until all is `told`.
        """
        wanted = list(dict.fromkeys(keys))
        grounded = [key for key in wanted if (source.name, key, anew) not in self._flights]
        if grounded:
            flight = _Flight()
            for key in grounded:
                self._flights[source.name, key, anew] = flight
            task = asyncio.create_task(self._fly(flight, source, grounded, anew))
            self._tasks.add(task)
            task.add_done_callback(partial(self._land, flight, source, grounded, anew))
        return LookUp({key: self._flights[source.name, key, anew] for key in wanted})

    @property
    def under_way(self) -> int:
        """For metrics: look-ups begun and not yet ended, the keeping of what was said included."""
        return len(self._tasks)

    async def close(self) -> None:
        """Give up what is still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(self, flight: _Flight, source: SourceMixin, keys: list[str], anew: bool) -> None:
        entries = await self._store.get_many(source.cache_table, keys)
        now = self._clock.now()
        flight.records.update({key: entry.value for key, entry in entries.items()})
        flight.read.set()
        due = [key for key in keys if anew or key not in entries or not entries[key].is_fresh(now)]
        flight.owed.update(due)
        if due and (said := await self._ask(source, due)):
            flight.records.update(said)
            flight.owed.difference_update(said)
            # Nobody waits for the store. But until it knows, nobody else must ask the source.
            flight.told.set()
            await self._remember(source, said)

    def _land(
        self,
        flight: _Flight,
        source: SourceMixin,
        keys: list[str],
        anew: bool,
        task: asyncio.Task[None],
    ) -> None:
        """However it ended: let go of the keys and of everybody who waits."""
        self._tasks.discard(task)
        for key in keys:
            del self._flights[source.name, key, anew]
        flight.read.set()
        flight.told.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("event=look_up_failed source=%s", source.name, exc_info=error)

    async def _ask(self, source: SourceMixin, keys: list[str]) -> Records:
        """What the source says; nothing if it cannot say, or too many are asking."""
        if not self._may_ask():
            return {}
        self._asking += 1
        try:
            return await source.records(keys)
        except ProviderUnavailable as error:
            level = logging.DEBUG if isinstance(error, _QUIET) else logging.INFO
            log.log(level, "event=source_unavailable source=%s cause=%r", source.name, str(error))
            return {}
        finally:
            self._asking -= 1

    def _may_ask(self) -> bool:
        """Whether there is room for one more; that there is none is said once each time it is."""
        if self._asking < MOST_AT_ONCE:
            self._overrun = self._overrun and self._asking > MOST_AT_ONCE // 2
            return True
        if not self._overrun:
            self._overrun = True
            log.warning(
                "event=look_ups_skipped under_way=%d consequence=%r",
                self._asking,
                "documents go out without what is not remembered, until sources have answered",
            )
        return False

    async def _remember(self, source: SourceMixin, records: Records) -> None:
        now = self._clock.now()
        await self._store.put_many(
            source.cache_table,
            {
                key: Entry(record, now + self._lifetime(source, record))
                for key, record in records.items()
            },
        )

    def _lifetime(self, source: SourceMixin, record: Record | None) -> timedelta:
        """A record in which nothing stands is no more than word that there is nothing yet."""
        kind = source.cache_table if record and any(record.values()) else "negative"
        return fuzzed(self._lifetimes[kind])
