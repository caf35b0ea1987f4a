"""Brings the cache's schema in a database up to date.

Migrations are the numbered files of `sql/cache/`. They run in order, each in one transaction
together with the note that it has been applied.
"""

from __future__ import annotations

import logging
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

log = logging.getLogger(__name__)

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_LOCK = int.from_bytes(b"lmcache", "big")

# A migration may rewrite a table, which takes longer than any look-up is allowed to.
_PATIENCE_SECONDS = 300


class Migration(NamedTuple):
    """A step. `sql` may hold several statements, none that ends the transaction."""

    number: int
    name: str
    sql: str


@cache
def shipped() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    names = (file.name for file in files("lidarrmetadata.sql").joinpath("cache").iterdir())
    matches = (match for name in names if (match := _FILE.fullmatch(name)))
    return tuple(
        sorted(
            Migration(int(match[1]), match[2], statement(f"cache/{match[1]}_{match[2]}"))
            for match in matches
        )
    )


async def migrate(connection: Connection, migrations: Sequence[Migration] = ()) -> None:
    """Apply the `migrations` (by default those of this version) that have not been applied.

    Any number of processes may do this at once. A database that a newer version has migrated is
    left as it is, with a warning. Raises `asyncpg.PostgresError`; steps done before that stay done.
    """
    migrations = migrations or shipped()
    while await _one_step(connection, migrations):
        pass


async def _one_step(connection: Connection, migrations: Sequence[Migration]) -> bool:
    """Apply the next migration; False if there is none."""
    # A stricter isolation would show the state before the wait for the lock.
    async with connection.transaction(isolation="read_committed"):
        await connection.execute(statement("cache/lock"), _LOCK)
        await connection.execute(statement("cache/create_ledger"))
        applied = {row["number"] for row in await connection.fetch(statement("cache/read_ledger"))}
        if newest := max(applied.difference(step.number for step in migrations), default=0):
            log.warning(
                "event=cache_schema_newer migration=%d cure=%r",
                newest,
                "a newer version has migrated the cache database: update this server as well",
            )
            return False
        step = min((step for step in migrations if step.number not in applied), default=None)
        if step is None:
            return False
        await connection.execute(f"SET LOCAL statement_timeout = '{_PATIENCE_SECONDS}s'")
        await connection.execute(step.sql, timeout=_PATIENCE_SECONDS)
        await connection.execute(statement("cache/note_migration"), step.number, step.name)
    log.info("event=cache_migrated migration=%d name=%s", step.number, step.name)
    return True
