"""A catalogue that somebody edits, with a cache of its own, and what can be asked about both."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from lidarrmetadata.cache import STALE
from tests import dumps
from tests.catalogue import edge_cases as edge
from tests.catalogue.databases import EMPTY, passing_database
from tests.provider.musicbrainz.test_changes import OWN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from quart import Response

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client
    from tests.dumps import Database

HERE = ("127.0.0.1", 40000)
ELSEWHERE = ("192.0.2.7", 40000)
# Longer than anything here takes: no answer lacks a part.
PATIENT = {"ANSWER_BUDGET": 20.0}

_TEMPLATE = "changing_template"


@dataclass(frozen=True)
class Place:
    """`catalogue` is the setting DATABASE, `cache` the URL of an empty database."""

    catalogue: Database
    cache: str
    editor: asyncpg.Connection
    """Somebody with a connection to the catalogue."""

    keeper: asyncpg.Connection
    """Somebody with a connection to the cache's database."""

    def settings(self, redis_url: str = "") -> dict[str, Any]:
        """Those of a server over both."""
        cache = {"redis_url": redis_url, "postgres_url": self.cache}
        return {"DATABASE": self.catalogue, "CACHE": cache, **PATIENT}

    async def rename(self, table: str, mbid: str, name: str, at: datetime | None = None) -> None:
        """Give an `artist` or `release_group` another name, now or at another time."""
        await self.editor.execute(
            f"UPDATE {table} SET name = $1, last_updated = coalesce($3, now()) WHERE gid = $2",
            name,
            mbid,
            at,
        )

    async def kept(self, kind: str) -> set[str]:
        """The ids there are in a table of the cache's database."""
        rows = await self.keeper.fetch(f"SELECT key FROM lidarrmetadata_cache.{kind}")
        return {row["key"] for row in rows}

    async def due(self, kind: str) -> set[str]:
        """Those of them that somebody has called changed, and that were not made anew since."""
        rows = await self.keeper.fetch(
            f"SELECT key FROM lidarrmetadata_cache.{kind} WHERE expires = $1", STALE
        )
        return {row["key"] for row in rows}

    async def announced(self, kind: str) -> dict[str, datetime]:
        """When each id was last announced."""
        rows = await self.keeper.fetch(f"SELECT key, updated FROM lidarrmetadata_cache.{kind}")
        return {row["key"]: row["updated"] for row in rows}

    async def searched(self, when: datetime) -> None:
        """Have the last search for changes ended then."""
        await self.keeper.execute("UPDATE lidarrmetadata_cache.progress SET finished = $1", when)

    @asynccontextmanager
    async def without_catalogue(self) -> AsyncIterator[None]:
        """While nobody gets at the catalogue, and whoever did is thrown out."""
        name = self.catalogue["database"]
        await self.keeper.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await self._throw_out(str(name))
        try:
            yield
        finally:
            await self.keeper.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    @asynccontextmanager
    async def without_cache(self) -> AsyncIterator[None]:
        """While nobody gets at the cache's database, and whoever did is thrown out."""
        name = await self.keeper.fetchval("SELECT current_database()")
        await self.editor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await self._throw_out(name)
        try:
            yield
        finally:
            await self.editor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    async def _throw_out(self, database: str) -> None:
        await self.keeper.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = $1 AND pid <> ALL ($2)",
            database,
            [self.editor.get_server_pid(), self.keeper.get_server_pid()],
        )


@asynccontextmanager
async def place(server: PostgresAddress) -> AsyncIterator[Place]:
    """A copy of the edge cases, in which Ben and Inkwell have something of everything."""
    async with AsyncExitStack() as stack:

        async def connected(to: str, **settings: str) -> asyncpg.Connection:
            connection = await asyncpg.connect(to, server_settings=settings)
            stack.push_async_callback(connection.close)
            return connection

        operator = await connected(server.dsn("postgres"))
        await _make_template(server, operator)
        original = f"TEMPLATE {_TEMPLATE}"
        edited = await stack.enter_async_context(passing_database(operator, original))
        cache = await stack.enter_async_context(passing_database(operator, EMPTY))
        editor = await connected(server.dsn(edited), search_path="musicbrainz")
        keeper = await connected(server.dsn(cache))
        # A mirror that has fallen behind is searched from where it stands.
        await editor.execute("UPDATE replication_control SET last_replication_date = now()")
        yield Place(dumps.at(server, edited), server.dsn(cache), editor, keeper)


async def _make_template(server: PostgresAddress, operator: asyncpg.Connection) -> None:
    """Make what `place` copies, once on each server."""
    if await operator.fetchval("SELECT true FROM pg_database WHERE datname = $1", _TEMPLATE):
        return
    await operator.execute(f"CREATE DATABASE {_TEMPLATE} {EMPTY}")
    filling = await asyncpg.connect(server.dsn(_TEMPLATE))
    try:
        await edge.edge_cases().write(filling)
        await filling.execute(f"SET search_path = musicbrainz; {OWN}")
    finally:
        await filling.close()


async def post(
    client: Client, path: str, data: bytes | None = None, peer: Any = HERE, **headers: str
) -> Response:
    """What somebody at this address is answered who posts this."""
    return await client.http.post(path, data=data, headers=headers, scope_base={"client": peer})


async def posted(client: Client, path: str, data: bytes | None = None) -> Any:
    """What somebody on this machine achieves who posts this."""
    response = await post(client, path, data)
    assert response.status_code == 200, await response.get_data()
    assert response.headers["Cache-Control"] == "no-store"
    return await response.get_json()


async def recent(client: Client, kind: str, since: str = "0") -> Any:
    """What is announced of a kind."""
    response = await client.get(f"/recent/{kind}?since={since}")
    assert response.status_code == 200, await response.get_data()
    return await response.get_json()


async def error_of(response: Response, status: int) -> str:
    """What an error says that is as all of them are."""
    body = await response.get_json()
    assert response.status_code == status, body
    assert list(body) == ["error"]
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    text = body["error"]
    assert isinstance(text, str)
    return text
