"""A cache database that is down, slow, full or foreign says so in one way, and is found again."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import CacheUnavailable, PostgresStore
from lidarrmetadata.embedded import EmbeddedServices
from tests.cache.conftest import entry, kept_in

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Iterator

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
    path = Path(tempfile.mkdtemp(prefix="lidarrmetadata-", dir="/tmp"))
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
        await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(8)))
    await assert_unavailable(store)
    with EmbeddedServices(folder, valkey=False):
        for _ in range(8):
            assert await store.get_many("artist", ["a"]) == entries
    await store.close()


async def test_after_a_restart_between_two_calls_one_fails_at_most(
    database: str, store: PostgresStore
) -> None:
    await store.put_many("artist", {"a": entry(1)})
    await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(8)))
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


class Cable:
    """A way to a server's socket that breaks as networks do: nothing comes, nothing is closed."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._tasks: list[asyncio.Task[None]] = []
        self._ends: list[StreamWriter] = []
        self.connections = 0

    @asynccontextmanager
    async def plugged_in(self) -> AsyncIterator[int]:
        """The port of 127.0.0.1 where it begins."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        for end in self._ends:
            end.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)

    def break_connections(self) -> None:
        """Nothing passes any more on the connections there are; new ones work."""
        for task in self._tasks:
            task.cancel()

    async def _connect(self, near: StreamReader, back: StreamWriter) -> None:
        self.connections += 1
        far, forth = await asyncio.open_unix_connection(self._socket_path)
        self._ends += [back, forth]
        self._tasks += [
            asyncio.create_task(self._pass_on(near, forth)),
            asyncio.create_task(self._pass_on(far, back)),
        ]

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


async def test_when_the_network_breaks_in_silence_one_call_waits_and_not_one_per_connection(
    database: str, postgres: PostgresAddress
) -> None:
    cable = Cable(f"{postgres.host}/.s.PGSQL.{postgres.port}")
    async with cable.plugged_in() as port:
        login, _, rest = database.partition("@")
        name = rest.partition("?")[0]
        store = kept_in(
            f"{login}@127.0.0.1:{port}{name}?sslmode=disable",
            acquire_timeout=0.5,
            statement_timeout=0.1,
        )
        await store.open()
        await store.put_many("artist", {"a": entry(1)})
        await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(8)))
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
    store = await opened(kept_in(database, statement_timeout=0.2))
    await store.put_many("artist", {"a": entry(1)})
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("LOCK TABLE lidarrmetadata_cache.artist")
        await assert_unavailable(store, "statement timeout")
    await other.close()
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_more_callers_than_connections_wait_no_longer_than_the_timeout(
    database: str, opened: Open
) -> None:
    store = await opened(kept_in(database, pool_size=1, acquire_timeout=0.2))
    await store.put_many("artist", {"a": entry(1)})
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("LOCK TABLE lidarrmetadata_cache.artist")
        waiting = asyncio.create_task(store.get_many("artist", ["a"]))
        while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not waiting.done()
        busy = await backends(other)
        await assert_unavailable(store, "TimeoutError")
    assert await waiting == {"a": entry(1)}
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}
    assert await backends(other) == busy, "connections were made anew though nothing was wrong"
    await other.close()


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
    await owner.execute("DROP OWNED BY modest; DROP ROLE modest")
    await owner.close()
