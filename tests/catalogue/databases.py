"""Databases that live as long as one test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress

_numbers = count(1)


@asynccontextmanager
async def empty_database(server: PostgresAddress) -> AsyncIterator[str]:
    """The URL of a new database with nothing in it, collated as a mirror's is."""
    name = f"passing_{next(_numbers)}"
    operator = await asyncpg.connect(server.dsn("postgres"))
    try:
        await operator.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            yield server.dsn(name)
        finally:
            await operator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await operator.close()
