"""A cache database that is down, slow, full or foreign says so in one way, and is found again."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import STALE, TABLES, CacheUnavailable, PostgresStore
from lidarrmetadata.embedded import EmbeddedServices
from tests.cache.cable import Cable
from tests.cache.conftest import entry, kept_in, locked, someone_waits
from tests.eventually import eventually
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lidarrmetadata.embedded import PostgresAddress
    from tests.cache.conftest import Open


async def assert_unavailable(store: PostgresStore, said: str = "cannot answer") -> None:
    for call in (
        store.get_many("artist", ["a"]),
        store.put_many("artist", {"a": entry(1)}),
        store.expire_many("artist", ["a"]),
    ):
        with pytest.raises(CacheUnavailable, match=said):
            await call


async def test_nobody_has_opened_it(database: str) -> None:
    await assert_unavailable(kept_in(database), "not been opened")


async def test_nobody_listens(opened: Open) -> None:
    with socket.socket() as taken:  # bound, so that nobody else takes it, but not listening
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://somebody@127.0.0.1:{taken.getsockname()[1]}/cache"
        await assert_unavailable(await opened(kept_in(url)), "postgres_url")


async def test_somebody_listens_and_says_nothing(opened: Open) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/cache"
        await assert_unavailable(await opened(kept_in(url, acquire_timeout=0.1)))


async def test_there_is_no_such_database(database: str, opened: Open) -> None:
    url = database.replace("/passing", "/not")
    await assert_unavailable(await opened(kept_in(url)), "postgres_url")


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "redis://localhost", "postgresql://a:b@host:port/cache", "postgresql://["],
)
async def test_the_url_is_wrong(opened: Open, url: str) -> None:
    await assert_unavailable(await opened(kept_in(url, acquire_timeout=0.5)))


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder()
    yield path
    shutil.rmtree(path)


async def test_the_database_stops_and_comes_back(folder: Path) -> None:
    entries = {"a": entry({"name": "Björk"})}
    with EmbeddedServices(folder, valkey=False) as services:
        assert services.postgres is not None
        store = kept_in(services.postgres.dsn("postgres"))
        await store.open()
        await store.put_many("artist", entries)
        # Several connections, which will all lie idle while the server is away.
        await asyncio.gather(*(store.get_many(table, ["a"]) for table in TABLES * 2))
    await assert_unavailable(store)
    with EmbeddedServices(folder, valkey=False):
        for _ in range(8):
            assert await store.get_many("artist", ["a"]) == entries
    await store.close()


async def test_after_a_restart_between_two_calls_one_fails_at_most(
    database: str, store: PostgresStore
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    await asyncio.gather(*(store.get_many(table, ["a"]) for table in TABLES * 2))
    other = await asyncpg.connect(database)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await other.close()
    failures = 0
    for _ in range(10):
        try:
            assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
        except CacheUnavailable:
            failures += 1
    assert failures <= 1


async def test_when_the_network_breaks_in_silence_one_call_waits_and_not_one_per_connection(
    database: str, postgres: PostgresAddress
) -> None:
    cable = Cable(postgres)
    async with cable.plugged_in(database) as url:
        store = kept_in(url, acquire_timeout=0.5, statement_timeout=0.1)
        await store.open()
        await store.put_many("artist", {"a": entry(1)})
        await asyncio.gather(*(store.get_many(table, ["a"]) for table in TABLES * 2))
        assert cable.connections == 8
        cable.break_connections()
        with pytest.raises(CacheUnavailable):
            await store.get_many("artist", ["a"])
        for _ in range(8):
            assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
        await store.close()


async def backends(connection: asyncpg.Connection) -> set[int]:
    """The processes of the server that serve our store."""
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'lidarr-metadata-cache'"
    )
    return {row["pid"] for row in rows}


async def test_a_locked_table_keeps_nobody_for_longer_than_the_timeout(
    database: str, opened: Open
) -> None:
    store = await opened(kept_in(database, read_timeout=0.1, statement_timeout=0.2))
    await store.put_many("artist", {"a": entry(1)})
    async with locked(database, "artist") as holder:
        await assert_unavailable(store)
        assert not await someone_waits(holder), "the server goes on with what was given up"
        for call in (store.put_many("artist", {"a": entry(1)}), store.expire_all("artist")):
            with pytest.raises(CacheUnavailable, match="holds the lock"):
                await call
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_a_read_that_is_too_slow_is_given_up_by_the_server_too_and_costs_no_connection(
    database: str, opened: Open
) -> None:
    store = await opened(kept_in(database, pool_size=3, read_timeout=0.1, statement_timeout=60))
    await store.put_many("artist", {"a": entry(1)})
    async with locked(database, "artist") as holder:
        before = await backends(holder)
        for _ in range(3):
            with pytest.raises(CacheUnavailable, match="cannot answer"):
                await store.get_many("artist", ["a"])
        assert not await someone_waits(holder)
        await store.get_many("album", ["a"])
        assert await backends(holder) == before
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_a_locked_table_delays_no_other(database: str, opened: Open) -> None:
    store = await opened(kept_in(database))
    await store.put_many("artist", {"a": entry(1)})
    await store.put_many("album", {"b": entry(2)})
    loop = asyncio.get_running_loop()
    async with locked(database, "artist") as holder:
        begun = loop.time()
        stuck = [asyncio.create_task(store.get_many("artist", ["a"])) for _ in range(50)]
        await eventually(lambda: someone_waits(holder))
        for _ in range(20):
            asked = loop.time()
            assert await store.get_many("album", ["b"]) == {"b": entry(2)}
            assert loop.time() - asked < 0.5
        assert len(await backends(holder)) <= 3, "two of eight, and one for the other table"
        assert not any(task.done() for task in stuck)
        outcomes = await asyncio.gather(*stuck, return_exceptions=True)
        # 2 s for turn and connection, 1 s for the statement.
        assert loop.time() - begun < 4
    assert {type(outcome) for outcome in outcomes} == {CacheUnavailable}
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_more_callers_than_connections_wait_no_longer_than_the_timeout(
    database: str, opened: Open
) -> None:
    store = await opened(
        kept_in(database, pool_size=1, acquire_timeout=0.2, read_timeout=60, statement_timeout=60)
    )
    await store.put_many("artist", {"a": entry(1)})
    async with locked(database, "artist") as holder:
        waiting = asyncio.create_task(store.get_many("artist", ["a"]))
        await eventually(lambda: someone_waits(holder))
        busy = await backends(holder)
        await assert_unavailable(store, "all that may ask for artist")
        with pytest.raises(CacheUnavailable, match="TimeoutError"):
            await store.get_many("album", ["a"])
    assert await waiting == {"a": entry(1)}
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
    other = await asyncpg.connect(database)
    assert await backends(other) == busy, "connections were made anew though nothing was wrong"
    await other.close()


async def test_a_caller_that_goes_away_gives_its_turn_to_the_next(
    database: str, opened: Open
) -> None:
    store = await opened(kept_in(database, pool_size=3, read_timeout=60, statement_timeout=60))
    await store.put_many("artist", {"a": entry(1)})
    async with locked(database, "artist") as holder:
        asking = [asyncio.create_task(store.get_many("artist", ["a"])) for _ in range(5)]
        await eventually(lambda: someone_waits(holder))
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_thousands_of_rows_may_take_longer_than_one(database: str, opened: Open) -> None:
    store = await opened(kept_in(database, statement_timeout=0.2))
    await store.put_many("artist", {"a": entry(1)})
    other = await asyncpg.connect(database)
    await other.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$;"
        "CREATE TRIGGER slow AFTER INSERT OR UPDATE ON lidarrmetadata_cache.artist "
        "FOR EACH STATEMENT EXECUTE PROCEDURE slow()"
    )
    await other.close()
    with pytest.raises(CacheUnavailable, match="statement timeout"):
        await store.put_many("artist", {"a": entry(2)})
    many = {f"key {number}": entry(number) for number in range(1001)}
    await store.put_many("artist", many)
    assert await store.expire_many("artist", many) == many.keys()
    await store.put_many("artist", {"large": entry(os.urandom(5_000_000).hex())})
    await store.expire_all("artist")
    found = await store.get_many("artist", ["a", "large"])
    assert {key: kept.expires for key, kept in found.items()} == {"a": STALE, "large": STALE}


async def test_a_database_emptied_while_we_serve_is_made_anew(
    database: str, store: PostgresStore
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    other = await asyncpg.connect(database)
    await other.execute("DROP SCHEMA lidarrmetadata_cache CASCADE")
    await other.close()
    with pytest.raises(CacheUnavailable, match="made anew"):
        await store.get_many("artist", ["a"])
    assert await store.get_many("artist", ["a"]) == {}
    await store.put_many("artist", {"a": entry(2)})


async def test_a_user_who_may_not_make_tables_is_told_what_to_ask_for(
    database: str, opened: Open
) -> None:
    owner = await asyncpg.connect(database)
    await owner.execute("DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN PASSWORD 'modest'")
    modest = "postgresql://modest:modest@" + database.partition("@")[2]
    store = await opened(kept_in(modest))
    await assert_unavailable(store, "CREATE SCHEMA lidarrmetadata_cache AUTHORIZATION")
    await owner.execute("CREATE SCHEMA lidarrmetadata_cache AUTHORIZATION modest")
    await store.put_many("artist", {"a": entry(1)})
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
    # Nor does anybody else who may write there need more for what goes with a change.
    await owner.execute(
        "CREATE ROLE guest; GRANT USAGE ON SCHEMA lidarrmetadata_cache TO guest;"
        "GRANT SELECT, UPDATE ON lidarrmetadata_cache.artist TO guest; SET ROLE guest;"
        "UPDATE lidarrmetadata_cache.artist SET expires = expires - interval '1 day', value = 'x';"
        "RESET ROLE; DROP OWNED BY guest; DROP ROLE guest"
    )
    await owner.execute("DROP OWNED BY modest; DROP ROLE modest")
    await owner.close()
