"""Makes the MusicBrainz schema, as far as this server reads it, and notes how far that got.

The note is what lets the reading side tell an import that is still running, or a sample that is
incomplete on purpose, from a mirror whose "no such artist" can be believed. A MusicBrainz database
without the note was made by somebody else and is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lidarrmetadata.errors import EmbeddedError
from lidarrmetadata.mirror.definitions import key_statements, table_statements
from lidarrmetadata.mirror.search import create_search
from lidarrmetadata.mirror.tables import TABLES
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

Kind = Literal["sample", "mirror"]
State = Literal["loading", "complete"]


@dataclass(frozen=True)
class Mark:
    """What our loaders noted about the catalogue in this database. `updated` has a time zone."""

    kind: Kind
    state: State
    note: str
    updated: datetime


async def create_tables(connection: Connection, kind: Kind = "mirror") -> None:
    """Make the tables, without keys and indexes, and mark the catalogue as loading.

    All or nothing. Raises `EmbeddedError` if the package mbdata is missing, or if the database
    already holds a MusicBrainz schema.
    """
    statements = table_statements()
    if await _holds_tables(connection):
        raise EmbeddedError(
            f"database {await _name(connection)} already holds the MusicBrainz schema, nothing was "
            "changed: give the catalogue a database of its own (setting DATABASE)"
        )
    async with connection.transaction():
        for schema in TABLES:
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        await connection.execute(";\n".join(statements))
        await mark(connection, kind, "loading")


async def create_keys_and_indexes(connection: Connection) -> None:
    """Make primary keys, indexes and what names are found by, once the data is in.

    To keep them up during a load is slow.

    Raises `EmbeddedError` if the package mbdata is missing, `asyncpg.UniqueViolationError` if the
    data is at odds with itself.
    """
    for key_or_index in key_statements():
        await connection.execute(key_or_index)
    await create_search(connection)


async def drop_tables(connection: Connection) -> None:
    """Remove a catalogue that our own loaders made, note and all.

    Raises `EmbeddedError` if there is no note: then it is somebody else's.
    """
    if await marked(connection) is None:
        raise EmbeddedError(
            f"database {await _name(connection)} holds no catalogue made by this server, nothing "
            "was removed: check the setting DATABASE"
        )
    async with connection.transaction():
        for schema in TABLES:
            await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        for name in ("drop_catalogue", "drop_search", "drop_letters"):
            await connection.execute(statement(f"mirror/{name}"))


async def mark(connection: Connection, kind: Kind, state: State, note: str = "") -> None:
    """Note what the catalogue in this database is and how far it got. `note` is for people."""
    async with connection.transaction():
        await connection.execute(statement("mirror/create_schema"))
        await connection.execute(statement("mirror/create_catalogue"))
        await connection.execute(statement("mirror/mark_catalogue"), kind, state, note)


async def marked(connection: Connection) -> Mark | None:
    """Return what is noted about the catalogue, None if none of our loaders has been here."""
    if await connection.fetchval("SELECT to_regclass('lidarrmetadata.catalogue')") is None:
        return None
    row = await connection.fetchrow(statement("mirror/read_catalogue"))
    return Mark(**row) if row else None


async def _name(connection: Connection) -> str:
    return str(await connection.fetchval("SELECT current_database()"))


async def _holds_tables(connection: Connection) -> bool:
    return await connection.fetchval("SELECT to_regclass('musicbrainz.artist')") is not None
