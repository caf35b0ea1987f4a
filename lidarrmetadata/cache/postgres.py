"""Entries in a PostgreSQL database, shared by any number of processes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lidarrmetadata.cache.batches import decode_all, encode_all
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.keys import storable
from lidarrmetadata.cache.store import Store, check_table
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lidarrmetadata.cache.database import CacheDatabase

log = logging.getLogger(__name__)


class PostgresStore(Store):
    """Entries in the tables of the cache's database. Every call is one statement."""

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
        async with self._database.connection() as connection:
            rows = await connection.fetch(query, sorted(asked))
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
        query = _query("put", table)
        if not entries:
            return
        encoded = await encode_all(entries)
        rows = sorted(
            (storable(key), entries[key].expires, value) for key, value in encoded.items()
        )
        async with self._database.connection() as connection:
            await connection.execute(query, *map(list, zip(*rows, strict=True)))

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`."""
        query = _query("expire", table)
        asked = {storable(key): key for key in keys}
        if not asked:
            return set()
        async with self._database.connection() as connection:
            rows = await connection.fetch(query, sorted(asked), STALE, announce)
        return {asked[row["key"]] for row in rows}


def _query(verb: str, table: str) -> str:
    check_table(table)
    return statement(f"cache/{verb}").replace("{table}", table)
