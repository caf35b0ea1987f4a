"""Several stores as one: near ones answer, far ones fill them, and an outage fails nobody."""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.cache import (
    STALE,
    CacheUnavailable,
    Entry,
    MemoryStore,
    PostgresStore,
    Store,
    Tiers,
)
from lidarrmetadata.embedded import EmbeddedServices
from tests.cache.conftest import EARLIER, LATER, NOW, entry, kept_in
from tests.clock import ManualClock
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.cache.conftest import Open

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore(1_000_000)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def tiers(memory: MemoryStore, store: PostgresStore) -> Tiers:
    return Tiers([memory, store], clock=lambda: NOW)


async def test_what_is_put_is_in_every_store(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    entries = {"a": entry("A"), "none": entry(None)}
    await tiers.put_many("artist", entries)
    for one in (tiers, memory, store):
        assert await one.get_many("artist", ["a", "none", "no such"]) == entries


async def test_what_only_a_far_store_has_is_left_with_the_near_one_expiry_and_all(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    entries = {"fresh": entry(1), "stale": entry(2, EARLIER), "none": entry(None)}
    await store.put_many("artist", entries)
    assert await tiers.get_many("artist", entries) == entries
    assert await memory.get_many("artist", entries) == entries


async def test_in_bulk_the_farthest_store_answers_and_leaves_nothing_with_the_near_one(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    await memory.put_many("spotify", {"a": entry("near")})
    await store.put_many("spotify", {"a": entry("far"), "old": entry("far", EARLIER)})
    found = await tiers.get_in_bulk("spotify", ["a", "old", "no such"])
    assert found == {"a": entry("far"), "old": entry("far", EARLIER)}
    assert await memory.get_many("spotify", ["old"]) == {}
    assert (tiers.hits, tiers.misses) == ({store.name: 1}, 2)


async def test_in_bulk_a_near_store_answers_for_one_that_is_away(
    memory: MemoryStore, opened: Open
) -> None:
    tiers = await opened(Tiers([memory, kept_in(NOWHERE)], clock=lambda: NOW))
    await memory.put_many("spotify", {"a": entry("near")})
    assert await tiers.get_in_bulk("spotify", ["a", "b"]) == {"a": entry("near")}


async def test_a_fresh_entry_nearby_is_not_asked_for_afar(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    await memory.put_many("artist", {"a": entry("near")})
    await store.put_many("artist", {"a": entry("far", LATER), "b": entry("far")})
    assert await tiers.get_many("artist", ["a", "b"]) == {"a": entry("near"), "b": entry("far")}


async def test_what_another_process_has_looked_up_anew_replaces_what_is_stale_here(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    await tiers.put_many("artist", {"a": entry("old", EARLIER)})
    await store.put_many("artist", {"a": entry("new")})
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("new")}
    assert await memory.get_many("artist", ["a"]) == {"a": entry("new")}


async def test_expired_entries_are_expired_everywhere_and_stay(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    await tiers.put_many("artist", {"a": entry("A")})
    await tiers.expire_many("artist", iter(["a"]))
    for one in (tiers, memory, store):
        assert await one.get_many("artist", ["a"]) == {"a": entry("A", STALE)}


class Paused(MemoryStore):
    """A store whose answers take their time on the way."""

    def __init__(self) -> None:
        super().__init__(1_000_000)
        self.read = asyncio.Event()
        self.go_on = asyncio.Event()

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        answer = await super().get_many(table, keys)
        self.read.set()
        await self.go_on.wait()
        return answer


class PausedElsewhere(Paused):
    """The same, standing for a store that other processes write to as well."""

    shared = True

    def forget(self, table: str, keys: frozenset[str] | None) -> None:
        Store.forget(self, table, keys)


async def test_an_answer_overtaken_by_a_write_does_not_bring_back_what_was(
    memory: MemoryStore,
) -> None:
    far = Paused()
    await far.put_many("artist", {"a": entry("old"), "b": entry("old"), "c": entry("old")})
    tiers = Tiers([memory, far], clock=lambda: NOW)
    reading = asyncio.create_task(tiers.get_many("artist", ["a", "b", "c"]))
    await far.read.wait()
    await tiers.put_many("artist", {"a": entry("new")})
    await tiers.expire_many("artist", ["b"])
    far.go_on.set()
    assert set(await reading) == {"a", "b", "c"}
    assert await memory.get_many("artist", ["a", "b", "c"]) == {
        "a": entry("new"),
        "c": entry("old"),
    }
    assert await tiers.get_many("artist", ["a", "b", "c"]) == {
        "a": entry("new"),
        "b": entry("old", STALE),
        "c": entry("old"),
    }


class SlowToFill(MemoryStore):
    """A store that takes its time to keep what others had."""

    def __init__(self) -> None:
        super().__init__(1_000_000)
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def fill_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        self.asked.set()
        await self.go_on.wait()
        await super().fill_many(table, entries)


async def test_nor_does_one_that_was_overtaken_while_it_was_left_with_the_near_store() -> None:
    near, far = SlowToFill(), MemoryStore(1_000_000)
    await far.put_many("artist", {"a": entry("old")})
    tiers = Tiers([near, far], clock=lambda: NOW)
    reading = asyncio.create_task(tiers.get_many("artist", ["a"]))
    await near.asked.wait()
    await tiers.expire_many("artist", ["a"])
    near.go_on.set()
    await reading
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("old", STALE)}


class SlowToExpire(MemoryStore):
    """A store that takes its time to expire what it is told to."""

    def __init__(self) -> None:
        super().__init__(1_000_000)
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        self.asked.set()
        await self.go_on.wait()
        return await super().expire_many(table, keys, announce=announce)


async def test_nor_does_one_that_is_read_while_the_far_store_is_being_written(
    memory: MemoryStore,
) -> None:
    far = SlowToExpire()
    tiers = Tiers([memory, far], clock=lambda: NOW)
    await tiers.put_many("artist", {"a": entry("old")})
    expiring = asyncio.create_task(tiers.expire_many("artist", ["a"]))
    await far.asked.wait()
    await tiers.get_many("artist", ["a"])
    far.go_on.set()
    await expiring
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("old", STALE)}


class SharedNearby(SlowToFill):
    """One that stands for Redis: others read it, and it takes its time to be written."""

    shared = True

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        self.asked.set()
        await self.go_on.wait()
        await super().put_many(table, entries)


async def test_whom_the_farthest_store_tells_of_a_change_finds_it_in_the_nearer_ones(
    memory: MemoryStore, store: PostgresStore
) -> None:
    near = SharedNearby()
    tiers = Tiers([memory, near, store], clock=lambda: NOW)
    putting = asyncio.create_task(tiers.put_many("artist", {"a": entry("new")}))
    await near.asked.wait()
    assert await store.get_many("artist", ["a"]) == {}
    assert await memory.get_many("artist", ["a"]) == {}
    near.go_on.set()
    await putting
    for one in (memory, near, store):
        assert await one.get_many("artist", ["a"]) == {"a": entry("new")}


@pytest.mark.parametrize("keys", [frozenset("a"), None])
async def test_what_another_process_has_changed_is_dropped_and_not_put_back_by_who_read_it_before(
    memory: MemoryStore, keys: frozenset[str] | None
) -> None:
    far = PausedElsewhere()
    await far.put_many("artist", {"a": entry("old")})
    await memory.put_many("artist", {"a": entry("old", EARLIER), "b": entry("B")})
    await memory.put_many("album", {"a": entry("A")})
    tiers = Tiers([memory, far], clock=lambda: NOW)
    reading = asyncio.create_task(tiers.get_many("artist", ["a"]))
    await far.read.wait()
    tiers.forget("artist", keys)
    far.go_on.set()
    assert await reading == {"a": entry("old")}
    assert await memory.get_many("artist", ["a"]) == {}
    assert ("b" in await memory.get_many("artist", ["b"])) == (keys is not None)
    assert await memory.get_many("album", ["a"]) == {"a": entry("A")}
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("old")}
    assert await memory.get_many("artist", ["a"]) == {"a": entry("old")}


async def test_nor_by_who_is_just_leaving_it_with_the_near_store() -> None:
    near, far = SlowToFill(), MemoryStore(1_000_000)
    await far.put_many("artist", {"a": entry("old")})
    tiers = Tiers([near, far], clock=lambda: NOW)
    reading = asyncio.create_task(tiers.get_many("artist", ["a"]))
    await near.asked.wait()
    tiers.forget("artist", frozenset("a"))
    near.go_on.set()
    await reading
    assert await near.get_many("artist", ["a"]) == {}


async def test_a_whole_table_is_expired_everywhere_and_not_brought_back_by_who_read_it_before(
    memory: MemoryStore,
) -> None:
    far = Paused()
    await far.put_many("artist", {"a": entry("A")})
    tiers = Tiers([memory, far], clock=lambda: NOW)
    reading = asyncio.create_task(tiers.get_many("artist", ["a"]))
    await far.read.wait()
    await tiers.expire_all("artist")
    far.go_on.set()
    await reading
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("A", STALE)}


async def test_it_counts_what_is_found_fresh_and_where(
    tiers: Tiers, memory: MemoryStore, store: PostgresStore
) -> None:
    await memory.put_many("artist", {"near": entry(1), "stale": entry(2, EARLIER)})
    await store.put_many("artist", {"far": entry(1), "stale": entry(2, EARLIER)})
    await tiers.get_many("artist", ["near", "far", "stale", "none", "none"])
    assert tiers.hits == {"memory": 1, "postgres": 1}
    assert tiers.misses == 2


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder()
    yield path
    shutil.rmtree(path)


async def test_an_outage_fails_nobody_and_is_said_once_when_it_begins_and_once_when_it_ends(
    folder: Path, memory: MemoryStore, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lidarrmetadata.cache.reach")
    with EmbeddedServices(folder, valkey=False) as services:
        assert services.postgres is not None
        tiers = Tiers(
            [memory, kept_in(services.postgres.dsn("postgres"))],
            clock=lambda: NOW,
            monotonic=clock.monotonic,
        )
        await tiers.open()
        await tiers.put_many("artist", {"a": entry("A"), "old": entry("old", EARLIER)})
    for _ in range(3):
        assert await tiers.get_many("artist", ["a", "old", "b"]) == {
            "a": entry("A"),
            "old": entry("old", EARLIER),
        }
    await tiers.put_many("artist", {"meanwhile": entry("M")})
    assert await tiers.get_many("artist", ["meanwhile"]) == {"meanwhile": entry("M")}
    assert tiers.passed_over == {"postgres": 4}
    assert tiers.degraded
    await clock.forward(seconds=1)
    with EmbeddedServices(folder, valkey=False):
        assert await tiers.get_many("artist", ["b"]) == {}
        assert not tiers.degraded
        await tiers.put_many("artist", {"b": entry("B")})
        await memory.close()
        assert await tiers.get_many("artist", ["a", "b"]) == {"a": entry("A"), "b": entry("B")}
        await tiers.close()
    said = [line for line in caplog.messages if line.startswith("event=cache_")]
    assert [line.partition(" cause=")[0] for line in said if "migrated" not in line] == [
        "event=cache_unavailable store=postgres",
        "event=cache_available store=postgres",
    ]


async def test_without_any_store_there_is_just_nothing(opened: Open) -> None:
    tiers = await opened(Tiers([kept_in(NOWHERE), kept_in(NOWHERE)]))
    await tiers.put_many("artist", {"a": entry("A")})
    assert await tiers.get_many("artist", ["a"]) == {}
    assert tiers.passed_over == {"postgres": 4}


async def test_a_near_store_that_is_down_hides_no_far_one(opened: Open) -> None:
    far = MemoryStore(1_000_000)
    tiers = await opened(Tiers([kept_in(NOWHERE), far], clock=lambda: NOW))
    await tiers.put_many("artist", {"a": entry("A")})
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("A")}


async def test_whoever_expires_is_told_that_a_store_was_missed_after_the_others_have_done_it(
    memory: MemoryStore, opened: Open
) -> None:
    tiers = await opened(Tiers([memory, kept_in(NOWHERE)], clock=lambda: NOW))
    await tiers.put_many("artist", {"a": entry("A")})
    with pytest.raises(CacheUnavailable, match="postgres"):
        await tiers.expire_many("artist", ["a"])
    assert await memory.get_many("artist", ["a"]) == {"a": entry("A", STALE)}


async def test_there_are_no_other_tables(tiers: Tiers) -> None:
    for call in (
        tiers.get_many("artists", ["a"]),
        tiers.put_many("artists", {}),
        tiers.expire_many("artists", []),
        tiers.expire_all("artists"),
    ):
        with pytest.raises(ValueError, match="no cache table 'artists'"):
            await call
    with pytest.raises(ValueError, match="no cache table 'artists'"):
        tiers.forget("artists", None)
