"""Databases and stores of one test."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

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
