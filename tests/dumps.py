"""Official MusicBrainz dumps, loaded into databases of their own."""

from __future__ import annotations

import asyncio
import tarfile
from typing import TYPE_CHECKING

import asyncpg

from lidarrmetadata.mirror.schema import create_keys_and_indexes, create_tables, mark
from lidarrmetadata.mirror.tables import SCHEMA_OF
from tests.catalogue.databases import EMPTY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from lidarrmetadata.embedded import PostgresAddress

Database = dict[str, object]
"""The setting DATABASE that leads to a database."""


def create(
    server: PostgresAddress, name: str, fill: Callable[[asyncpg.Connection], Awaitable[None]]
) -> Database:
    """A new database, filled. For fixtures, which run outside the event loop."""
    asyncio.run(_create(server, name, fill))
    return at(server, name)


def at(server: PostgresAddress, name: str) -> Database:
    """The settings that lead to a database of this name."""
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "database": name,
    }


async def _create(
    server: PostgresAddress, name: str, fill: Callable[[asyncpg.Connection], Awaitable[None]]
) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} {EMPTY}")
    finally:
        await connection.close()
    connection = await asyncpg.connect(server.dsn(name))
    try:
        await fill(connection)
    finally:
        await connection.close()


def dump(folder: Path) -> Callable[[asyncpg.Connection], Awaitable[None]]:
    """Fills a database from a folder of official dumps: those of its tables that we keep."""

    archives = sorted(folder.glob("*.tar.bz2"))

    async def fill(connection: asyncpg.Connection) -> None:
        await create_tables(connection)
        for archive in archives:
            with tarfile.open(archive) as members:
                for member in members:
                    table = member.name.rpartition("/")[2].rpartition(".")[2]
                    if member.name.startswith("mbdump/") and table in SCHEMA_OF:
                        content = members.extractfile(member)
                        assert content is not None
                        await connection.copy_to_table(
                            table, schema_name=SCHEMA_OF[table], source=_chunks(content)
                        )
        await create_keys_and_indexes(connection)
        await mark(connection, "mirror", "complete")
        await connection.execute("ANALYZE")

    return fill


async def _chunks(content: object) -> AsyncIterator[bytes]:
    while chunk := content.read(1 << 20):  # type: ignore[attr-defined]
        yield chunk


async def shuffle(connection: asyncpg.Connection, table: str) -> None:
    """Lay the rows of a table down in another order, as years of changes do."""
    async with connection.transaction():
        await connection.execute(f"CREATE TEMP TABLE heap ON COMMIT DROP AS TABLE {table}")
        await connection.execute(f"TRUNCATE {table}")
        await connection.execute(f"INSERT INTO {table} SELECT * FROM heap ORDER BY random()")


def run(database: Database, statement: str) -> None:
    """Run a statement. For fixtures, which run outside the event loop."""

    async def execute() -> None:
        connection = await asyncpg.connect(**database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())
