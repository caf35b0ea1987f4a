"""The cache's schema is made once, by whoever comes first, and never by halves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import TABLES, PostgresStore
from lidarrmetadata.cache.codec import encode
from lidarrmetadata.cache.migrate import Migration, migrate, shipped
from tests.cache.conftest import LATER, entry, kept_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cache.conftest import Announced, Open

ONE = Migration(1, "one", "CREATE TABLE lidarrmetadata_cache.one (); SELECT 1")
TWO = Migration(2, "two", "ALTER TABLE lidarrmetadata_cache.one ADD COLUMN two int")
BROKEN = Migration(3, "broken", "CREATE TABLE lidarrmetadata_cache.three (); SELECT 1 / 0")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(database)
    yield made
    await made.close()


async def ledger(connection: asyncpg.Connection) -> list[tuple[int, str]]:
    rows = await connection.fetch(
        "SELECT number, name FROM lidarrmetadata_cache.migration ORDER BY applied"
    )
    return [tuple(row) for row in rows]


async def tables(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'lidarrmetadata_cache'"
    )
    return {row["tablename"] for row in rows}


def test_the_files_are_numbered_without_gaps() -> None:
    assert [step.number for step in shipped()] == list(range(1, len(shipped()) + 1))


async def test_an_empty_database_gets_every_table_with_its_indexes(
    connection: asyncpg.Connection,
) -> None:
    await migrate(connection)
    assert await tables(connection) == {*TABLES, "migration", "progress", "purge", "seen_change"}
    indexed = await connection.fetch(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'lidarrmetadata_cache'"
    )
    for table in TABLES:
        definitions = [row["indexdef"] for row in indexed if row["tablename"] == table]
        for column in ("key", "expires", "updated"):
            assert any(f"({column})" in definition for definition in definitions)
    assert await ledger(connection) == [(step.number, step.name) for step in shipped()]


async def test_what_an_older_version_kept_stays_as_it_was(
    connection: asyncpg.Connection, store: PostgresStore
) -> None:
    await migrate(connection, [step for step in shipped() if step.number == 1])
    await connection.execute(
        "INSERT INTO lidarrmetadata_cache.album (key, expires, value) VALUES ('b', $1, $2)",
        LATER,
        encode("theirs"),
    )
    updated = "SELECT updated FROM lidarrmetadata_cache.album"
    before = await connection.fetchval(updated)
    await migrate(connection)
    assert await store.get_many("album", ["b"]) == {"b": entry("theirs")}
    await store.put_many("album", {"b": entry("theirs")})
    assert await connection.fetchval(updated) == before
    await store.put_many("album", {"b": entry("ours")})
    assert await connection.fetchval(updated) > before


async def test_every_table_tells_of_its_changes(store: PostgresStore, announced: Announced) -> None:
    for table in TABLES:
        await store.put_many(table, {"a": entry(1)})
        assert await announced.meanwhile() == [(table, ["a"])]


async def test_a_second_time_changes_nothing(connection: asyncpg.Connection) -> None:
    await migrate(connection)
    before = await connection.fetch("SELECT * FROM lidarrmetadata_cache.migration")
    await migrate(connection)
    assert await connection.fetch("SELECT * FROM lidarrmetadata_cache.migration") == before


async def test_only_what_is_new_is_applied_and_in_order(connection: asyncpg.Connection) -> None:
    await migrate(connection, [ONE])
    await migrate(connection, [TWO, ONE])
    assert await ledger(connection) == [(1, "one"), (2, "two")]


async def test_a_step_that_fails_leaves_no_trace_and_those_before_it_stay(
    connection: asyncpg.Connection,
) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, [ONE, TWO, BROKEN])
    assert await ledger(connection) == [(1, "one"), (2, "two")]
    assert await tables(connection) == {"one", "migration"}


async def test_any_number_may_start_at_once(database: str, connection: asyncpg.Connection) -> None:
    async with AsyncExitStack() as stack:
        connections = [await asyncpg.connect(database) for _ in range(8)]
        for one in connections:
            stack.push_async_callback(one.close)
        # As an operator may have set it: it would show what was before the wait for the lock.
        await connections[0].execute("SET default_transaction_isolation = 'serializable'")
        await connections[1].execute("SET default_transaction_isolation = 'repeatable read'")
        await asyncio.gather(*(migrate(one, [ONE, TWO]) for one in connections))
    assert await ledger(connection) == [(1, "one"), (2, "two")]


async def test_stores_that_start_at_once_work_at_once(database: str, opened: Open) -> None:
    stores = [await opened(kept_in(database)) for _ in range(4)]
    calls = [store.put_many("artist", {"a": entry(1)}) for store in stores for _ in range(3)]
    await asyncio.gather(*calls)
    assert await stores[0].get_many("artist", ["a"]) == {"a": entry(1)}


async def test_a_database_of_a_newer_version_is_left_alone_with_a_warning_and_used(
    connection: asyncpg.Connection, store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    await migrate(connection)
    await connection.execute(
        "INSERT INTO lidarrmetadata_cache.migration (number, name) VALUES (9000, 'future')"
    )
    before = await tables(connection)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await store.put_many("artist", {"a": entry(1)})
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
    assert await tables(connection) == before
    (line,) = caplog.messages
    assert "event=cache_schema_newer migration=9000" in line


async def test_a_step_this_version_lacks_keeps_it_from_applying_its_own(
    connection: asyncpg.Connection,
) -> None:
    await migrate(connection, [Migration(2, "theirs", "SELECT 1")])
    await migrate(connection, [ONE])
    assert await ledger(connection) == [(2, "theirs")]


async def test_a_slow_step_is_not_cut_short_by_the_timeout_of_look_ups(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute("SET statement_timeout = '50ms'")
    await migrate(connection, [Migration(1, "slow", "SELECT pg_sleep(0.2)")])
    assert await ledger(connection) == [(1, "slow")]
    assert await connection.fetchval("SHOW statement_timeout") == "50ms"
