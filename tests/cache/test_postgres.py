"""Entries in a real PostgreSQL, shared by processes."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import STALE, TABLES, PostgresStore
from tests.cache.conftest import EARLIER, LATER, NOW, entry, kept_in
from tests.cache.odd_keys import ODD_KEYS
from tests.catalogue.databases import empty_database
from tests.dumps import at

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from tests.cache.conftest import Announced, Open


async def sql(database: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def updated(database: str) -> datetime:
    """When the only artist there is last changed."""
    (row,) = await sql(database, "SELECT updated FROM lidarrmetadata_cache.artist")
    moment = row["updated"]
    assert isinstance(moment, datetime)
    return moment


async def test_what_was_put_is_there_with_its_expiry_expired_or_not(store: PostgresStore) -> None:
    entries = {"new": entry({"a": [1]}), "old": entry({"b": 2}, EARLIER), "none": entry(None)}
    for table in TABLES:
        await store.put_many(table, entries)
        assert await store.get_many(table, ["new", "old", "none", "no such"]) == entries
    await store.put_many("artist", {"new": entry("replaced", EARLIER)})
    assert await store.get_many("artist", ["new"]) == {"new": entry("replaced", EARLIER)}
    assert await store.get_many("album", ["new"]) == {"new": entries["new"]}


async def test_the_systems_own_postgresql_does_as_well(system_postgres: PostgresAddress) -> None:
    async with empty_database(system_postgres) as database:
        store = kept_in(database)
        await store.open()
        await store.put_many("artist", {"a": entry("A")})
        await store.expire_many("artist", ["a"])
        assert await store.get_many("artist", ["a"]) == {"a": entry("A", STALE)}
        await store.close()


async def test_the_database_may_be_given_as_arguments(postgres: PostgresAddress) -> None:
    store = kept_in(at(postgres, "postgres"))
    await store.open()
    assert await store.get_many("artist", ["a"]) == {}
    await store.close()
    await sql(postgres.dsn("postgres"), "DROP SCHEMA lidarrmetadata_cache CASCADE")


async def test_expired_entries_stay(store: PostgresStore) -> None:
    await store.put_many("album", {"a": entry("A"), "b": entry("B")})
    await store.expire_many("album", ["a", "no such"])
    assert await store.get_many("album", ["a", "b", "no such"]) == {
        "a": entry("A", STALE),
        "b": entry("B", LATER),
    }


async def test_odd_keys_are_no_problem(store: PostgresStore) -> None:
    entries = {key: entry(number) for number, key in enumerate(ODD_KEYS)}
    await store.put_many("search", entries)
    assert await store.get_many("search", ODD_KEYS) == entries
    await store.expire_many("search", ODD_KEYS)
    for found in (await store.get_many("search", ODD_KEYS)).values():
        assert found.expires == STALE


async def test_ten_thousand_keys_are_one_statement(store: PostgresStore, database: str) -> None:
    entries = {f"key {number}": entry({"number": number}) for number in range(10_000)}
    await store.put_many("artist", entries)
    assert await store.get_many("artist", entries) == entries
    # Rows of one statement share the identity of its transaction.
    assert len(await sql(database, "SELECT DISTINCT xmin FROM lidarrmetadata_cache.artist")) == 1
    await store.expire_many("artist", entries)
    expired = await store.get_many("artist", entries)
    assert {found.expires for found in expired.values()} == {STALE}
    assert len(await sql(database, "SELECT DISTINCT xmin FROM lidarrmetadata_cache.artist")) == 1


async def test_no_keys_are_no_question() -> None:
    nowhere = kept_in("postgresql://nobody@127.0.0.1:1/nothing")
    await nowhere.open()
    assert await nowhere.get_many("artist", []) == {}
    await nowhere.put_many("artist", {})
    await nowhere.expire_many("artist", [])
    await nowhere.close()


async def test_there_are_no_other_tables(store: PostgresStore) -> None:
    for call in (
        store.get_many("migration", ["a"]),
        store.put_many("artist; DROP TABLE album", {}),
        store.expire_many("", []),
    ):
        with pytest.raises(ValueError, match="no cache table"):
            await call


async def test_what_another_process_puts_is_there(store: PostgresStore, database: str) -> None:
    program = f"""
import asyncio
from lidarrmetadata.cache import CacheDatabase, Entry, PostgresStore
from datetime import datetime, UTC
async def main():
    store = PostgresStore(CacheDatabase({database!r}))
    await store.open()
    theirs = (await store.get_many("artist", ["ours"]))["ours"]
    await store.put_many("artist", {{"theirs": theirs}})
    await store.expire_many("artist", ["ours"])
    await store.close()
asyncio.run(main())
"""
    await store.put_many("artist", {"ours": entry({"name": "Björk"})})
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=True)
    assert await store.get_many("artist", ["ours", "theirs"]) == {
        "ours": entry({"name": "Björk"}, STALE),
        "theirs": entry({"name": "Björk"}),
    }


async def test_many_writers_of_the_same_keys_in_any_order_do_not_deadlock(
    database: str, opened: Open
) -> None:
    stores = [await opened(kept_in(database)) for _ in range(2)]
    keys = [f"key {number}" for number in range(2000)]
    there = {key: entry(0) for key in keys}
    back = dict(reversed(there.items()))
    for first in range(40):  # so that they lie in the table in another order than by key
        await stores[0].put_many("chart", {key: entry(0) for key in keys[39 - first :: 40]})
    await sql(database, "ANALYZE lidarrmetadata_cache.chart")  # … and are read in that order
    for _ in range(5):
        await asyncio.gather(
            stores[0].put_many("chart", there),
            stores[1].put_many("chart", back),
            stores[0].expire_many("chart", keys),
            stores[1].expire_many("chart", keys[::-1]),
            stores[1].put_many("chart", back),
        )
    assert len(await stores[1].get_many("chart", keys)) == len(keys)


async def test_a_row_that_cannot_be_read_is_absent_and_said_once_a_call(
    store: PostgresStore, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    await store.put_many("artist", {"good": entry(1), "bad": entry(2), "worse": entry(3)})
    await sql(
        database,
        "UPDATE lidarrmetadata_cache.artist SET value = 'planted' WHERE key IN ('bad', 'worse')",
    )
    with caplog.at_level(logging.WARNING):
        assert await store.get_many("artist", ["good", "bad", "worse"]) == {"good": entry(1)}
    (line,) = caplog.messages
    assert "event=cache_undecodable store=postgres table=artist rows=2 first=" in line
    assert store.undecodable == 2
    await store.put_many("artist", {"bad": entry("mended")})
    assert await store.get_many("artist", ["bad"]) == {"bad": entry("mended")}


async def test_the_database_notes_when_an_entry_last_changed_or_was_called_changed(
    store: PostgresStore, database: str
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    moments = [await updated(database)]
    for number in (2, 3):
        await store.put_many("artist", {"a": entry(number)})
        moments.append(await updated(database))
    for _ in range(2):  # what is due already may be called changed all the same
        await store.expire_many("artist", ["a"])
        moments.append(await updated(database))
    assert moments == sorted(set(moments))


async def test_the_same_value_once_more_is_no_change_and_nobody_is_told(
    store: PostgresStore, database: str, announced: Announced
) -> None:
    await store.put_many("artist", {"a": entry({"name": "Björk"}, NOW)})
    before = await updated(database)
    assert await announced.meanwhile() == [("artist", ["a"])]
    for expires in (NOW, LATER):
        await store.put_many("artist", {"a": entry({"name": "Björk"}, expires)})
    assert await store.get_many("artist", ["a"]) == {"a": entry({"name": "Björk"}, LATER)}
    assert await updated(database) == before
    assert await announced.meanwhile() == []


async def test_everyone_is_told_what_is_new_changed_due_sooner_or_gone(
    store: PostgresStore, database: str, announced: Announced
) -> None:
    await store.put_many("album", {"a": entry(1), "b": entry(2)})
    assert await announced.meanwhile() == [("album", ["a", "b"])]
    await store.put_many("album", {"a": entry(1), "b": entry("other")})
    assert await announced.meanwhile() == [("album", ["b"])]
    await store.put_many("album", {"a": entry(1, NOW), "b": entry("other")})
    assert await announced.meanwhile() == [("album", ["a"])]
    await store.expire_many("album", ["b", "no such"], announce=False)
    assert await announced.meanwhile() == [("album", ["b"])]
    await sql(database, "DELETE FROM lidarrmetadata_cache.album WHERE key = 'a'")
    assert await announced.meanwhile() == [("album", ["a"])]
    await sql(database, "TRUNCATE lidarrmetadata_cache.album")
    assert await announced.meanwhile() == [("album", None)]
    await store.put_many("album", {})
    await store.expire_many("album", ["b"])
    assert await announced.meanwhile() == []


async def test_many_keys_are_told_at_once_as_any_of_them(
    store: PostgresStore, announced: Announced
) -> None:
    keys = [f"key {number:03}" for number in range(151)]
    await store.put_many("artist", {key: entry(1, NOW) for key in keys})
    assert await announced.meanwhile() == [("artist", None)]
    await store.put_many("artist", {key: entry(1) for key in keys})
    assert await announced.meanwhile() == []
    await store.put_many("artist", {key: entry(2) for key in keys[1:]})
    ((table, told),) = await announced.meanwhile()
    assert (table, sorted(told or [])) == ("artist", keys[1:])
    await store.put_many("artist", {key: entry(3) for key in keys})
    assert await announced.meanwhile() == [("artist", None)]


async def test_keys_too_long_for_one_notification_are_told_as_any_of_them(
    store: PostgresStore, announced: Announced
) -> None:
    # Nine are as many bytes as one may hold, though as characters they would be half of it.
    await store.put_many("search", {f"{number}" + "é" * 499: entry(1) for number in range(9)})
    assert await announced.meanwhile() == [("search", None)]


async def test_odd_keys_are_told_as_they_are_stored(
    store: PostgresStore, database: str, announced: Announced
) -> None:
    await store.put_many("search", {key: entry(1) for key in ODD_KEYS})
    rows = await sql(database, "SELECT key FROM lidarrmetadata_cache.search")
    ((table, told),) = await announced.meanwhile()
    assert (table, sorted(told or [])) == ("search", sorted(row["key"] for row in rows))


async def test_what_is_expired_without_a_word_is_no_change_to_clients(
    store: PostgresStore, database: str
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    before = await updated(database)
    assert await store.expire_many("artist", ["a", "b"], announce=False) == {"a"}
    assert await store.expire_many("artist", ["a", "b"], announce=False) == {"a"}
    assert await updated(database) == before
    assert await store.get_many("artist", ["a", "b"]) == {"a": entry(1, STALE)}
    assert await store.expire_many("artist", ["a"]) == {"a"}
    assert await updated(database) > before


async def test_a_whole_table_is_expired_without_being_called_changed(
    store: PostgresStore, database: str, announced: Announced
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    before = await updated(database)
    await store.put_many("album", {"b": entry(2)})
    await announced.meanwhile()
    await store.expire_all("artist")
    assert await store.get_many("artist", ["a"]) == {"a": entry(1, STALE)}
    assert await store.get_many("album", ["b"]) == {"b": entry(2)}
    assert await updated(database) == before
    assert await announced.meanwhile() == [("artist", ["a"])]
    await store.put_many("artist", {f"key {number}": entry(number) for number in range(2000)})
    await announced.meanwhile()
    await store.expire_all("artist")
    assert await announced.meanwhile() == [("artist", None)]
    await store.expire_all("artist")
    assert await announced.meanwhile() == []


async def test_filling_leaves_alone_what_there_is(
    store: PostgresStore, announced: Announced
) -> None:
    await store.put_many("artist", {"a": entry("ours", EARLIER), "b": entry("ours")})
    await store.expire_many("artist", ["b"])
    await announced.meanwhile()
    await store.fill_many("artist", {key: entry("theirs") for key in "abc"})
    assert await store.get_many("artist", "abc") == {
        "a": entry("ours", EARLIER),
        "b": entry("ours", STALE),
        "c": entry("theirs"),
    }
    assert await announced.meanwhile() == [("artist", ["c"])]


async def test_thousands_are_quick_after_calls_about_one(database: str, opened: Open) -> None:
    store = await opened(kept_in(database, pool_size=1))
    for number in range(10):  # as often as PostgreSQL needs to settle for a plan
        await store.put_many("artist", {"a": entry(number)})
        await store.get_many("artist", ["a"])
        await store.expire_many("artist", ["a"])
    loop = asyncio.get_running_loop()
    for value in ("new", "new", "changed"):
        begun = loop.time()
        entries = {f"key {number}": entry(value) for number in range(10_000)}
        await store.put_many("artist", entries)
        assert await store.get_many("artist", entries) == entries
        assert await store.expire_many("artist", entries) == entries.keys()
        assert loop.time() - begun < 3


async def test_values_are_not_compressed_a_second_time(store: PostgresStore, database: str) -> None:
    await store.put_many("artist", {"a": entry(1)})
    storage = await sql(
        database,
        "SELECT DISTINCT attstorage FROM pg_attribute WHERE attname = 'value' AND attrelid = ANY "
        "(SELECT ('lidarrmetadata_cache.' || name)::regclass FROM unnest($1::text[]) AS name)",
        list(TABLES),
    )
    assert [row["attstorage"] for row in storage] == [b"e"]


async def test_it_can_be_opened_again_after_it_was_closed(store: PostgresStore) -> None:
    await store.put_many("artist", {"a": entry(1)})
    await store.close()
    await store.open()
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
