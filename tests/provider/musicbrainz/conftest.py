"""Providers over databases, and other people at work in them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.settings import load_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.dumps import Database

    ProviderOf = Callable[..., Awaitable[MusicbrainzDbProvider]]


@pytest.fixture
async def provider_of() -> AsyncIterator[ProviderOf]:
    """Makes opened providers: `await provider_of(database, DATABASE_POOL_MAX=3)`."""
    opened: list[MusicbrainzDbProvider] = []

    async def make(database: Database, **settings: object) -> MusicbrainzDbProvider:
        config = load_config(environ={}, DATABASE=database, **settings)
        provider = MusicbrainzDbProvider(config, Tools.of_this_process(SystemClock()))
        opened.append(provider)
        await provider.open()
        return provider

    yield make
    for provider in opened:
        await provider.close()


@asynccontextmanager
async def operator(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else with a connection of his own."""
    connection = await asyncpg.connect(**database, server_settings={"search_path": "musicbrainz"})
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncIterator[None]:
    """While an import or VACUUM FULL has a table to itself."""
    async with operator(database) as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE musicbrainz.{table} IN ACCESS EXCLUSIVE MODE")
        yield
