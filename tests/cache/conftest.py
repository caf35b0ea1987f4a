"""Databases and stores of one test."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lidarrmetadata.cache import CacheDatabase, Entry, PostgresStore, Store
from tests.catalogue.databases import empty_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lidarrmetadata.embedded import PostgresAddress

    Open = Callable[[Store], Awaitable[Any]]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
EARLIER = NOW - timedelta(days=30)


def entry(value: object, expires: datetime = LATER) -> Entry:
    return Entry(value, expires)


def kept_in(url: str, **options: Any) -> PostgresStore:
    """A store in the database of this URL."""
    return PostgresStore(CacheDatabase(url, **options))


@asynccontextmanager
async def locked(database: str, table: str) -> AsyncIterator[asyncpg.Connection]:
    """Nobody gets at this table meanwhile. Gives the connection that keeps it."""
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute(f"LOCK TABLE lidarrmetadata_cache.{table}")
            yield holder
    finally:
        await holder.close()


async def someone_waits(holder: asyncpg.Connection) -> bool:
    return bool(await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


class Announced:
    """Everything the database tells those who listen to it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._payloads: list[str] = []

    async def listen(self) -> None:
        await self._connection.add_listener(
            "lidarrmetadata_cache", lambda *event: self._payloads.append(event[-1])
        )

    async def meanwhile(self) -> list[tuple[str, list[str] | None]]:
        """Tables and keys of what was told since this was last asked."""
        # Notifications come in the order of their transactions, and this one is the last.
        await self._connection.execute("NOTIFY lidarrmetadata_cache, 'last'")
        *payloads, last = self._payloads
        assert last == "last"
        self._payloads.clear()
        told = [json.loads(payload) for payload in payloads]
        return [(change["table"], change["keys"]) for change in told]


@pytest.fixture
async def announced(database: str) -> AsyncIterator[Announced]:
    connection = await asyncpg.connect(database)
    told = Announced(connection)
    await told.listen()
    yield told
    await connection.close()


@pytest.fixture
async def database(postgres: PostgresAddress) -> AsyncIterator[str]:
    """The URL of an empty database."""
    async with empty_database(postgres) as url:
        yield url


@pytest.fixture
async def opened(database: str) -> AsyncIterator[Open]:
    """Opens stores, and closes them before the database goes."""
    async with AsyncExitStack() as stack:

        async def open_(store: Store) -> Store:
            await store.open()
            stack.push_async_callback(store.close)
            return store

        yield open_


@pytest.fixture
async def store(database: str, opened: Open) -> PostgresStore:
    made: PostgresStore = await opened(kept_in(database))
    return made
