"""Databases that live as long as one test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

import asyncpg

from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress

EMPTY = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
"""What CREATE DATABASE is told of one with nothing in it, collated as a mirror's is."""

_numbers = count(1)


@asynccontextmanager
async def empty_database(server: PostgresAddress) -> AsyncIterator[str]:
    """The URL of a new database with nothing in it, collated as a mirror's is."""
    operator = await asyncpg.connect(server.dsn("postgres"))
    try:
        async with passing_database(operator, EMPTY) as name:
            yield server.dsn(name)
    finally:
        await operator.close()


@asynccontextmanager
async def passing_database(operator: asyncpg.Connection, made_from: str) -> AsyncIterator[str]:
    """The name of a new database, made from "TEMPLATE …" and dropped at the end."""
    name = f"passing_{next(_numbers)}"
    # Its files are copied, not every page of them logged: a third of the time.
    await operator.execute(f"CREATE DATABASE {name} {made_from} STRATEGY file_copy")
    try:
        yield name
    finally:
        await _throw_out(operator, name)
        await operator.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _throw_out(operator: asyncpg.Connection, name: str) -> None:
    """End all connections to a database.

    Those that are still ending make DROP DATABASE sleep for 100 ms before it looks again
    (CountOtherDBBackends in procarray.c).
    """

    async def nobody_is_left() -> bool:
        left = await operator.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        return not left

    await eventually(nobody_is_left)
