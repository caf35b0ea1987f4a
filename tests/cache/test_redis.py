"""Entries in a real Valkey: kept, replaced, expired, filled, and never executed."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import random
import struct
import time
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from lidarrmetadata.cache import STALE, RedisStore
from lidarrmetadata.cache.codec import encode
from tests.cache.conftest import EARLIER, LATER, entry
from tests.cache.odd_keys import ODD_KEYS
from tests.cache.test_codec import Planted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lidarrmetadata.cache import Store
    from tests.cache.conftest import Open


@pytest.fixture
def namespace() -> str:
    """One that no other test uses."""
    return f"lm-{uuid.uuid4().hex}"


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def store(redis_url: str, namespace: str, opened: Open) -> RedisStore:
    made: RedisStore = await opened(RedisStore(redis_url, namespace=namespace, lifetime=3600))
    return made


async def test_what_was_put_is_there_with_its_expiry_expired_or_not(store: RedisStore) -> None:
    entries = {"new": entry({"a": [1]}), "old": entry({"b": 2}, EARLIER), "none": entry(None)}
    await store.put_many("artist", entries)
    assert await store.get_many("artist", ["new", "old", "none", "no such"]) == entries
    await store.put_many("artist", {"new": entry("newer", EARLIER)})
    assert await store.get_many("artist", ["new"]) == {"new": entry("newer", EARLIER)}


async def test_every_moment_there_is_comes_back_to_the_microsecond(store: RedisStore) -> None:
    moments = (
        datetime.min.replace(tzinfo=UTC),
        STALE - timedelta(microseconds=1),
        STALE,
        STALE + timedelta(microseconds=1),
        datetime.max.replace(tzinfo=UTC),
    )
    entries = {str(moment): entry(1, moment) for moment in moments}
    await store.put_many("artist", entries)
    assert await store.get_many("artist", entries) == entries


async def test_tables_are_apart_and_odd_keys_no_problem(store: RedisStore) -> None:
    entries = {key: entry(number) for number, key in enumerate(ODD_KEYS)}
    await store.put_many("search", entries)
    assert await store.get_many("search", ODD_KEYS) == entries
    assert await store.get_many("chart", ODD_KEYS) == {}
    assert await store.expire_many("search", ODD_KEYS) == set(ODD_KEYS)


async def test_keys_are_as_operators_look_for_them_and_go_when_their_time_is_over(
    redis_url: str, client: Redis, opened: Open
) -> None:
    store = await opened(RedisStore(redis_url))
    key = str(uuid.uuid4())
    await store.put_many("artist", {key: entry(1)})
    week = 7 * 24 * 3600
    assert week - 60 < await client.ttl(f"lm3.7:artist:{key}") <= week
    await client.delete(f"lm3.7:artist:{key}")


async def test_expired_entries_stay_for_as_long_as_they_would_have(
    store: RedisStore, client: Redis, namespace: str
) -> None:
    await store.put_many("album", {"a": entry("A"), "b": entry("B")})
    await client.expire(f"{namespace}:album:a", 1000)
    assert await store.expire_many("album", iter(["a", "no such"])) == {"a"}
    assert await store.get_many("album", ["a", "b", "no such"]) == {
        "a": entry("A", STALE),
        "b": entry("B", LATER),
    }
    assert 900 < await client.ttl(f"{namespace}:album:a") <= 1000


async def test_a_whole_table_is_expired_and_no_other(
    redis_url: str, namespace: str, opened: Open, store: RedisStore
) -> None:
    entries = {str(number): entry(number) for number in range(1200)}
    await store.put_many("album", entries)
    await store.put_many("artist", {"a": entry("A")})
    odd = await opened(RedisStore(redis_url, namespace=f"{namespace[:-1]}[*]"))
    await odd.put_many("album", {"a": entry("A")})
    await odd.expire_all("album")
    assert await store.get_many("album", entries) == entries
    await store.expire_all("album")
    assert await store.get_many("album", entries) == {
        key: entry(old.value, STALE) for key, old in entries.items()
    }
    assert await store.get_many("artist", ["a"]) == {"a": entry("A")}
    assert await odd.get_many("album", ["a"]) == {"a": entry("A", STALE)}


@pytest.mark.parametrize("old", [EARLIER, LATER, datetime.min.replace(tzinfo=UTC)])
async def test_filling_replaces_only_what_ends_sooner(store: RedisStore, old: datetime) -> None:
    await store.put_many("artist", {"a": entry("old", old)})
    for moment, value in (
        (old - timedelta(microseconds=1) if old.year > 1 else old, "old"),
        (old, "old"),
        (old + timedelta(microseconds=1), "new"),
    ):
        await store.fill_many("artist", {"a": entry("new", moment)})
        assert (await store.get_many("artist", ["a"]))["a"].value == value


async def test_filling_brings_back_nothing_that_was_expired_by_hand(store: RedisStore) -> None:
    await store.put_many("artist", {"a": entry("A")})
    await store.expire_many("artist", ["a", "not here"])
    await store.fill_many("artist", {key: entry("old") for key in ("a", "not here", "other")})
    assert await store.get_many("artist", ["a", "not here", "other"]) == {
        "a": entry("A", STALE),
        "other": entry("old"),
    }
    await store.put_many("artist", {"a": entry("new"), "not here": entry("new")})
    assert await store.get_many("artist", ["a", "not here"]) == {
        "a": entry("new"),
        "not here": entry("new"),
    }


async def test_word_that_an_entry_is_expired_which_was_not_there_stays_a_minute(
    store: RedisStore, client: Redis, namespace: str
) -> None:
    await store.expire_many("artist", ["not here"])
    assert 50 < await client.ttl(f"{namespace}:artist:not here") <= 60
    assert await store.get_many("artist", ["not here"]) == {}
    assert await store.expire_many("artist", ["not here"]) == set()
    assert store.undecodable == 0


async def test_what_is_filled_goes_when_its_time_is_over(
    store: RedisStore, client: Redis, namespace: str
) -> None:
    await store.fill_many("artist", {"a": entry(1)})
    assert 3500 < await client.ttl(f"{namespace}:artist:a") <= 3600


async def test_a_planted_pickle_does_not_run_its_code(
    store: RedisStore, client: Redis, namespace: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    planted = pickle.dumps({"id": "x", "title": Planted(os.mkdir, str(trace))}, 5)
    await client.set(f"{namespace}:artist:a", struct.pack(">q", 10**15) + zlib.compress(planted))
    assert await store.get_many("artist", ["a"]) == {}
    assert store.undecodable == 1
    assert not trace.exists()
    pickle.loads(planted)  # noqa: S301 - to show what it would have done
    assert trace.exists(), "this pickle is not dangerous"


async def test_what_cannot_be_read_is_said_once_left_out_and_thrown_away(
    store: RedisStore, client: Redis, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    header = struct.pack(">q", 10**15)
    await store.put_many("artist", {"good": entry(1)})
    bad = {
        "empty": b"",
        "short": b"\0\0\0",
        "torn": header + encode([1, 2, 3])[:-1],
        "foreign": b'{"id": "of another program"}',
        "no such moment": struct.pack(">q", 2**63 - 1) + encode(1),
    }
    for key, data in bad.items():
        await client.set(f"{namespace}:artist:{key}", data)
    await client.rpush(f"{namespace}:artist:list", "a")
    keys = ["good", *bad, "list"]
    assert await store.get_many("artist", keys) == {"good": entry(1)}
    assert store.undecodable == 6
    [said] = caplog.messages
    assert said.startswith("event=cache_undecodable store=redis table=artist rows=6 first='")
    # Otherwise it would keep what a farther store has from coming here, and be said every time.
    assert await client.keys(f"{namespace}:*") == [f"{namespace}:artist:good".encode()]


async def test_a_key_that_holds_something_else_is_written_over(
    store: RedisStore, client: Redis, namespace: str
) -> None:
    for key in ("put", "filled", "expired"):
        await client.rpush(f"{namespace}:artist:{key}", "a")
    await store.put_many("artist", {"put": entry(1)})
    await store.fill_many("artist", {"filled": entry(2)})
    assert await store.expire_many("artist", ["expired"]) == set()
    assert await store.get_many("artist", ["put", "filled", "expired"]) == {
        "put": entry(1),
        "filled": entry(2),
    }


async def test_big_values_keep_nobody_waiting(store: RedisStore) -> None:
    text = random.Random(1).randbytes(500_000).hex()  # noqa: S311 - no secret
    entries = {str(number): entry([text, number]) for number in range(10)}
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        last = time.monotonic()
        while True:
            await asyncio.sleep(0)
            now = time.monotonic()
            longest, last = max(longest, now - last), now

    watching = asyncio.create_task(watch())
    started = time.monotonic()
    await store.put_many("album", entries)
    assert await store.get_many("album", entries) == entries
    took = time.monotonic() - started
    watching.cancel()
    assert longest < took / 2


async def test_a_client_of_somebody_else_is_used_and_not_closed(
    client: Redis, namespace: str
) -> None:
    store = RedisStore(client, namespace=namespace, lifetime=timedelta(hours=1))
    await store.open()
    await store.put_many("artist", {"a": entry(1)})
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
    await store.close()
    assert await client.exists(f"{namespace}:artist:a")


async def test_a_store_that_was_closed_can_be_opened_again(store: RedisStore) -> None:
    await store.put_many("artist", {"a": entry(1)})
    await store.close()
    await store.open()
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_a_value_that_is_not_plain_is_refused_and_nothing_is_written(
    store: RedisStore,
) -> None:
    with pytest.raises(TypeError, match="not plain"):
        await store.put_many("artist", {"a": entry(1), "b": entry(object())})
    assert await store.get_many("artist", ["a"]) == {}


async def test_there_are_no_other_tables(store: Store) -> None:
    for call in (
        store.get_many("artists", ["a"]),
        store.put_many("artists", {}),
        store.fill_many("artists", {}),
        store.expire_many("artists", []),
        store.expire_all("artists"),
    ):
        with pytest.raises(ValueError, match="no cache table 'artists'"):
            await call


async def test_nobody_reads_the_password_in_the_log(
    redis_url: str, namespace: str, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = await opened(RedisStore(redis_url, namespace=namespace))
    await store.put_many("artist", {"a": entry(1)})
    password = redis_url.partition(":")[2].partition("@")[0].lstrip("/:")
    assert len(password) > 20
    assert password not in caplog.text + repr(store)
