"""Entries in a PostgreSQL database, shared by any number of processes."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lidarrmetadata.cache.batches import decode_all, encode_all
from lidarrmetadata.cache.database import BULK_SECONDS
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.keys import storable
from lidarrmetadata.cache.store import Store, check_table
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.cache.database import CacheDatabase

log = logging.getLogger(__name__)

# What a slow machine with a slow disk writes well within the statement timeout.
_FEW_ROWS = 1000
_FEW_BYTES = 4 * 1024 * 1024


class PostgresStore(Store):
    """Entries in the tables of the cache's database. Every call is one statement.

    A table that is locked or slow takes its turns (`CacheDatabase.turns`), not those of others.
    """

    name = "postgres"

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database
        self.undecodable = 0
        """Rows met so far whose value could not be read."""

    async def open(self) -> None:
        """See `Store`. Connections are made when needed."""
        await self._database.open()

    async def close(self) -> None:
        """See `Store`."""
        await self._database.close()

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. A value that cannot be read is logged, counted and left out."""
        query = _query("get", table)
        asked = {storable(key): key for key in keys}
        if not asked:
            return {}
        async with (
            self._database.turns.at(table) as wait,
            self._database.connection(wait) as connection,
        ):
            rows = await connection.fetch(query, sorted(asked), timeout=self._database.read_timeout)
        expires = {asked[row["key"]]: row["expires"] for row in rows}
        values, refused = await decode_all({asked[row["key"]]: row["value"] for row in rows})
        if refused:
            self.undecodable += len(refused)
            key, cause = next(iter(refused.items()))
            log.warning(
                "event=cache_undecodable store=%s table=%s rows=%d first=%.100r cause=%r",
                self.name,
                table,
                len(refused),
                key,
                str(cause),
            )
        return {key: Entry(value, expires[key]) for key, value in values.items()}

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`. All or nothing."""
        await self._write("put", table, entries)

    async def fill_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`. Only where there is no entry at all."""
        await self._write("fill", table, entries)

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`."""
        query = _query("expire", table)
        asked = {storable(key): key for key in keys}
        if not asked:
            return set()
        async with self._writing(table, bulk=len(asked) > _FEW_ROWS) as (connection, seconds):
            rows = await connection.fetch(query, sorted(asked), STALE, announce, timeout=seconds)
        return {asked[row["key"]] for row in rows}

    async def expire_all(self, table: str) -> None:
        """See `Store`. Writers of the table may find themselves waiting; readers do not."""
        query = _query("expire_all", table)
        async with self._writing(table, bulk=True) as (connection, seconds):
            await connection.execute(query, STALE, timeout=seconds)

    async def _write(self, verb: str, table: str, entries: Mapping[str, Entry]) -> None:
        query = _query(verb, table)
        if not entries:
            return
        encoded = await encode_all(entries)
        rows = sorted(
            (storable(key), entries[key].expires, value) for key, value in encoded.items()
        )
        bulk = len(rows) > _FEW_ROWS or sum(map(len, encoded.values())) > _FEW_BYTES
        async with self._writing(table, bulk=bulk) as (connection, seconds):
            await connection.execute(query, *map(list, zip(*rows, strict=True)), timeout=seconds)

    @asynccontextmanager
    async def _writing(
        self, table: str, *, bulk: bool
    ) -> AsyncIterator[tuple[PoolConnectionProxy, float | None]]:
        """A connection, and the seconds a statement may take on it (None: those of the pool)."""
        async with self._database.turns.at(table) as wait:
            if bulk:
                async with self._database.bulk(wait) as connection:
                    yield connection, BULK_SECONDS
            else:
                async with self._database.connection(wait) as connection:
                    yield connection, None


def _query(verb: str, table: str) -> str:
    check_table(table)
    return statement(f"cache/{verb}").replace("{table}", table)
