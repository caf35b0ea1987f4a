"""Entries in this process."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from lidarrmetadata.cache import STALE, MemoryStore
from tests.cache.conftest import EARLIER, LATER, entry
from tests.cache.odd_keys import ODD_KEYS


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(max_bytes=1_000_000)


async def test_what_was_put_is_there_with_its_expiry_expired_or_not(store: MemoryStore) -> None:
    entries = {"new": entry({"a": [1]}), "old": entry({"b": 2}, EARLIER), "none": entry(None)}
    await store.put_many("artist", entries)
    assert await store.get_many("artist", ["new", "old", "none", "no such"]) == entries


async def test_tables_are_apart_and_odd_keys_no_problem(store: MemoryStore) -> None:
    entries = {key: entry(number) for number, key in enumerate(ODD_KEYS)}
    await store.put_many("search", entries)
    assert await store.get_many("search", ODD_KEYS) == entries
    assert await store.get_many("chart", ODD_KEYS) == {}


async def test_expired_entries_stay(store: MemoryStore) -> None:
    await store.put_many("album", {"a": entry("A"), "b": entry("B")})
    await store.expire_many("album", ["a", "no such"])
    assert await store.get_many("album", ["a", "b", "no such"]) == {
        "a": entry("A", STALE),
        "b": entry("B", LATER),
    }


async def test_filling_replaces_only_what_ends_sooner(store: MemoryStore) -> None:
    await store.put_many("artist", {"a": entry("old")})
    for moment, value in (
        (LATER - timedelta(microseconds=1), "old"),
        (LATER, "old"),
        (LATER + timedelta(microseconds=1), "new"),
    ):
        await store.fill_many("artist", {"a": entry("new", moment)})
        assert (await store.get_many("artist", ["a"]))["a"].value == value


async def test_filling_brings_back_nothing_that_was_expired_by_hand(store: MemoryStore) -> None:
    await store.put_many("artist", {"a": entry("A")})
    await store.expire_many("artist", ["a"])
    await store.fill_many("artist", {"a": entry("old"), "b": entry("B")})
    assert await store.get_many("artist", ["a", "b"]) == {"a": entry("A", STALE), "b": entry("B")}
    await store.put_many("artist", {"a": entry("new")})
    assert await store.get_many("artist", ["a"]) == {"a": entry("new")}


async def test_a_whole_table_is_expired_and_no_other(store: MemoryStore) -> None:
    for table in ("album", "artist"):
        await store.put_many(table, {"a": entry("A"), "b": entry("B")})
    await store.expire_all("album")
    assert await store.get_many("album", "ab") == {"a": entry("A", STALE), "b": entry("B", STALE)}
    assert await store.get_many("artist", "ab") == {"a": entry("A"), "b": entry("B")}


async def test_what_is_forgotten_is_gone_and_its_room_given_back(store: MemoryStore) -> None:
    await store.put_many("artist", {"a": entry("A")})
    await store.put_many("album", {"a": entry("A")})
    size = store.size
    await store.put_many("album", {"b": entry("B"), "c": entry("C")})
    store.forget("album", frozenset({"b", "c", "no such"}))
    assert store.size == size
    store.forget("album", None)
    assert await store.get_many("album", "abc") == {}
    assert await store.get_many("artist", "a") == {"a": entry("A")}
    assert len(store) == 1


async def test_nobody_can_change_what_others_read(store: MemoryStore) -> None:
    links = {"links": ["one"]}
    await store.put_many("artist", {"a": entry(links)})
    links["links"].append("two")
    (await store.get_many("artist", ["a"]))["a"].value["links"].clear()
    assert (await store.get_many("artist", ["a"]))["a"].value == {"links": ["one"]}


def noise(seed: int, size: int) -> str:
    """Text that compresses to about half."""
    return random.Random(seed).randbytes(size // 2).hex()  # noqa: S311 - no secret


async def test_it_never_takes_more_than_it_may_and_loses_the_longest_unused(
    store: MemoryStore,
) -> None:
    await store.put_many("album", {"used": entry("kept")})
    for number in range(100):
        await store.put_many("album", {str(number): entry(noise(number, 60_000))})
        assert store.size <= 1_000_000
        assert await store.get_many("album", ["used", str(number)])
    kept = await store.get_many("album", ["used", *map(str, range(100))])
    newest = [str(number) for number in range(100 - len(kept) + 1, 100)]
    assert list(kept) == ["used", *newest]
    assert 25 < len(kept) < 40


async def test_room_is_given_back(store: MemoryStore) -> None:
    for number in range(10):
        await store.put_many("album", {"a": entry(noise(number, 60_000))})
    assert len(store) == 1
    await store.put_many("album", {"a": entry("small")})
    assert store.size < 1000
    await store.close()
    assert store.size == len(store) == 0


async def test_an_entry_larger_than_the_store_is_not_kept_nor_the_one_it_replaces() -> None:
    store = MemoryStore(max_bytes=10_000)
    await store.put_many("album", {"a": entry("old")})
    await store.put_many("album", {"a": entry(noise(1, 60_000))})
    assert await store.get_many("album", ["a"]) == {}
    assert store.size == 0


async def test_big_values_come_back_too() -> None:
    store = MemoryStore(max_bytes=10_000_000)
    entries = {str(number): entry(noise(number, 100_000)) for number in range(5)}
    await store.put_many("album", entries)
    assert await store.get_many("album", entries) == entries


async def test_there_are_no_other_tables(store: MemoryStore) -> None:
    for call in (
        store.get_many("artists", ["a"]),
        store.put_many("artists", {}),
        store.fill_many("artists", {}),
        store.expire_many("artists", []),
        store.expire_all("artists"),
    ):
        with pytest.raises(ValueError, match="no cache table 'artists'"):
            await call
