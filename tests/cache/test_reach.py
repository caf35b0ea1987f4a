"""A store that is away costs little, is found again, and is told first what it missed."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import STALE, CacheUnavailable, MemoryStore, RedisStore, Tiers
from lidarrmetadata.cache import reach as reach_module
from tests.cache.conftest import LATER, NOW, entry, kept_in
from tests.cache.valkey_server import valkey as valkey
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from tests.cache.conftest import Open
    from tests.resilience.test_limit_redis import Valkey

ANSWER_SECONDS = 0.2


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def store_at(valkey: Valkey) -> RedisStore:
    return RedisStore(valkey.url, connect_timeout=0.1, answer_timeout=ANSWER_SECONDS)


async def tiers_of(opened: Open, clock: ManualClock, *stores: RedisStore | MemoryStore) -> Tiers:
    tiers: Tiers = await opened(Tiers(stores, clock=lambda: NOW, monotonic=clock.monotonic))
    return tiers


async def test_a_store_that_hangs_costs_one_timeout_a_second_and_not_one_a_call(
    valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    tiers = await tiers_of(opened, clock, store_at(valkey))
    await tiers.put_many("artist", {"a": entry("A")})
    valkey.send(signal.SIGSTOP)
    assert await tiers.get_many("artist", ["a"]) == {}
    started = time.monotonic()
    for _ in range(100):
        assert await tiers.get_many("artist", ["a"]) == {}
    assert time.monotonic() - started < ANSWER_SECONDS
    assert tiers.passed_over == {"redis": 101}
    assert tiers.degraded
    valkey.send(signal.SIGCONT)
    await clock.forward(seconds=0.9)
    assert await tiers.get_many("artist", ["a"]) == {}
    await clock.forward(seconds=0.1)
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("A")}
    assert not tiers.degraded


async def test_when_it_is_time_one_call_tries_and_others_go_on_without(
    valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    tiers = await tiers_of(opened, clock, RedisStore(valkey.url, answer_timeout=30))
    await tiers.put_many("artist", {"a": entry("A")})
    valkey.kill()
    await tiers.get_many("artist", ["a"])
    valkey.start()
    valkey.send(signal.SIGSTOP)
    await clock.forward(seconds=1)
    trying = asyncio.create_task(tiers.expire_many("artist", ["a"]))
    await clock.settle()
    assert await tiers.get_many("artist", ["a"]) == {}
    await tiers.put_many("artist", {"meanwhile": entry("M")})
    assert not trying.done()
    assert tiers.passed_over == {"redis": 3}
    valkey.send(signal.SIGCONT)
    await trying
    assert await tiers.get_many("artist", ["meanwhile"]) == {}
    await tiers.put_many("artist", {"b": entry("B")})
    assert await tiers.get_many("artist", ["b"]) == {"b": entry("B")}


async def test_a_call_that_is_given_up_leaves_the_next_try_to_others(
    valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    tiers = await tiers_of(opened, clock, RedisStore(valkey.url, answer_timeout=30))
    valkey.kill()
    await tiers.put_many("artist", {"a": entry("A")})
    valkey.start()
    valkey.send(signal.SIGSTOP)
    await clock.forward(seconds=1)
    trying = asyncio.create_task(tiers.get_many("artist", ["a"]))
    await clock.settle()
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    valkey.send(signal.SIGCONT)
    await tiers.put_many("artist", {"a": entry("A")})
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("A")}


async def test_a_locked_table_takes_no_other_with_it(
    database: str, clock: ManualClock, opened: Open
) -> None:
    store = kept_in(database, statement_timeout=0.2)
    tiers = await opened(Tiers([store], clock=lambda: NOW, monotonic=clock.monotonic))
    for table in ("artist", "album"):
        await tiers.put_many(table, {"a": entry("A")})
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("LOCK TABLE lidarrmetadata_cache.artist")
        assert await tiers.get_many("artist", ["a"]) == {}
        assert await tiers.get_many("album", ["a"]) == {"a": entry("A")}
        assert tiers.passed_over == {"postgres": 1}
    await other.close()
    assert await tiers.get_many("artist", ["a"]) == {}
    await clock.forward(seconds=1)
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("A")}


async def test_what_could_not_be_written_is_due_in_a_store_that_comes_back(
    valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    store, far = store_at(valkey), MemoryStore(1_000_000)
    await opened(store)
    tiers = await tiers_of(opened, clock, store, far)
    await tiers.put_many("artist", {key: entry("old") for key in ("put", "expired", "left")})
    valkey.send(signal.SIGSTOP)
    await tiers.put_many("artist", {"put": entry("new")})
    with pytest.raises(CacheUnavailable, match=r"\(redis\): expire them again"):
        await tiers.expire_many("artist", ["expired"])
    valkey.send(signal.SIGCONT)
    assert (await store.get_many("artist", ["expired"])) == {"expired": entry("old")}
    await clock.forward(seconds=1)
    assert await tiers.get_many("artist", ["put", "expired", "left"]) == {
        "put": entry("new"),
        "expired": entry("old", STALE),
        "left": entry("old"),
    }
    kept = await store.get_many("artist", ["put", "expired", "left"])
    assert {key: one.expires for key, one in kept.items()} == {
        "put": STALE,
        "expired": STALE,
        "left": LATER,
    }
    await tiers.put_many("artist", {"put": entry("newest")})
    assert await store.get_many("artist", ["put"]) == {"put": entry("newest")}


async def test_the_clients_are_not_told_of_what_was_owed(
    database: str, clock: ManualClock, opened: Open
) -> None:
    store = kept_in(database, statement_timeout=0.2)
    tiers = await opened(Tiers([store], clock=lambda: NOW, monotonic=clock.monotonic))
    await tiers.put_many("artist", {"a": entry("old")})
    other = await asyncpg.connect(database)
    updated = "SELECT updated FROM lidarrmetadata_cache.artist"
    before = await other.fetchval(updated)
    async with other.transaction():
        await other.execute("LOCK TABLE lidarrmetadata_cache.artist")
        await tiers.put_many("artist", {"a": entry("new")})
    await clock.forward(seconds=1)
    assert await tiers.get_many("artist", ["a"]) == {"a": entry("old", STALE)}
    assert await other.fetchval(updated) == before
    await other.close()


@pytest.mark.parametrize("all_at_once", [True, False])
async def test_after_more_than_can_be_remembered_the_whole_table_is_due_and_no_other(
    all_at_once: bool, valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    store = store_at(valkey)
    tiers = await tiers_of(opened, clock, store)
    for table in ("artist", "album"):
        await tiers.put_many(table, {"a": entry("A")})
    valkey.send(signal.SIGSTOP)
    if all_at_once:
        with pytest.raises(CacheUnavailable, match="all entries of artist"):
            await tiers.expire_all("artist")
    else:
        many = [str(number) for number in range(reach_module.OWED_MAX)]
        for keys in (many, ["one more"]):
            with pytest.raises(CacheUnavailable):
                await tiers.expire_many("artist", keys)
    valkey.send(signal.SIGCONT)
    await clock.forward(seconds=1)

    async def is_settled() -> bool:
        await clock.forward(seconds=1)
        return await tiers.get_many("artist", ["a"]) == {"a": entry("A", STALE)}

    await eventually(is_settled)
    assert await tiers.get_many("album", ["a"]) == {"a": entry("A")}


async def test_up_to_that_only_what_was_not_written_is_due(
    valkey: Valkey, clock: ManualClock, opened: Open
) -> None:
    tiers = await tiers_of(opened, clock, RedisStore(valkey.url))
    many = {str(number): entry("old") for number in range(reach_module.OWED_MAX)}
    await tiers.put_many("artist", {**many, "left": entry("A")})
    valkey.send(signal.SIGSTOP)
    with pytest.raises(CacheUnavailable):
        await tiers.expire_many("artist", many)
    valkey.send(signal.SIGCONT)
    await clock.forward(seconds=1)
    found = await tiers.get_many("artist", [*many, "left"])
    assert found.pop("left") == entry("A")
    assert found == {key: entry("old", STALE) for key in many}
