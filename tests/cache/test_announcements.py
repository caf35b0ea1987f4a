"""What clients can ask: which artists and albums changed lately."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import Announcements, CacheDatabase, CacheUnavailable, Recent
from tests.cache.conftest import entry, locked, someone_waits
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.cache import PostgresStore

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def opened_database(database: str) -> AsyncIterator[CacheDatabase]:
    made = CacheDatabase(database)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def announcements(opened_database: CacheDatabase) -> Announcements:
    return Announcements(opened_database)


async def test_the_latest_change_comes_first(
    announcements: Announcements, store: PostgresStore
) -> None:
    assert await announcements.since("artist", LONG_AGO, 10) == Recent([], None, more=False)
    for key in ("a", "b", "c"):
        await store.put_many("artist", {key: entry(1)})
    await store.put_many("album", {"d": entry(1)})
    await store.put_many("artist", {"b": entry(1)})  # as it was
    await store.put_many("artist", {"a": entry(2)})
    await store.expire_many("artist", ["c"], announce=False)
    recent = await announcements.since("artist", LONG_AGO, 10)
    assert (recent.keys, recent.more) == (["a", "c", "b"], False)
    await store.expire_many("artist", ["b"])
    await store.expire_all("artist")
    assert (await announcements.since("artist", LONG_AGO, 10)).keys == ["b", "a", "c"]
    assert (await announcements.since("album", LONG_AGO, 10)).keys == ["d"]


async def test_only_what_changed_after_that_moment_is_listed(
    announcements: Announcements, store: PostgresStore
) -> None:
    for key in ("a", "b", "c"):
        await store.put_many("artist", {key: entry(1)})
    whole = await announcements.since("artist", LONG_AGO, 10)
    assert whole.oldest is not None
    later = await announcements.since("artist", whole.oldest, 10)
    assert later.keys == ["c", "b"]
    assert later.oldest is not None
    assert later.oldest > whole.oldest
    assert (await announcements.since("artist", datetime.now(UTC), 10)).keys == []


async def test_it_tells_whether_there_was_more(
    announcements: Announcements, store: PostgresStore
) -> None:
    for key in ("a", "b", "c"):
        await store.put_many("artist", {key: entry(1)})
    assert (await announcements.since("artist", LONG_AGO, 3)).more is False
    two = await announcements.since("artist", LONG_AGO, 2)
    assert (two.keys, two.more) == (["c", "b"], True)


async def test_changes_of_one_statement_are_listed_each_once(
    announcements: Announcements, store: PostgresStore
) -> None:
    many = {f"key {number}": entry(number) for number in range(10_000)}
    await store.put_many("album", many)
    recent = await announcements.since("album", LONG_AGO, 20_000)
    assert sorted(recent.keys) == sorted(many)


async def test_changes_are_recorded_since_the_migration_that_began_it(
    announcements: Announcements, store: PostgresStore, database: str
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    begun = await announcements.begun()
    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < begun < now
    recent = await announcements.since("artist", begun, 10)
    assert recent.keys == ["a"]
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE lidarrmetadata_cache.migration SET number = 90 + number")
    await connection.close()
    with pytest.raises(CacheUnavailable, match="made anew"):
        await announcements.begun()


async def test_many_who_ask_while_artists_are_locked_delay_nobody_else(
    announcements: Announcements, store: PostgresStore, database: str
) -> None:
    await store.put_many("album", {"a": entry(1)})
    async with locked(database, "artist") as holder:
        stuck = [
            asyncio.create_task(announcements.since("artist", LONG_AGO, 10)) for _ in range(20)
        ]
        await eventually(lambda: someone_waits(holder))
        assert (await announcements.since("album", LONG_AGO, 10)).keys == ["a"]
        assert not any(task.done() for task in stuck)
    for outcome in await asyncio.gather(*stuck):
        assert outcome.keys == []


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    nowhere = CacheDatabase("postgresql://nobody@127.0.0.1:1/nothing")
    await nowhere.open()
    announcements = Announcements(nowhere)
    with pytest.raises(CacheUnavailable):
        await announcements.since("artist", LONG_AGO, 10)
    with pytest.raises(CacheUnavailable):
        await announcements.begun()
    await nowhere.close()
