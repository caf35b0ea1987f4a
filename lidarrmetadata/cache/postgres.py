"""Entries in a PostgreSQL database, shared by any number of processes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from lidarrmetadata.cache.batches import decode_all, encode_all
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.keys import storable
from lidarrmetadata.cache.migrate import migrate
from lidarrmetadata.cache.store import CacheUnavailable, Store, check_table
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from asyncpg.pool import PoolConnectionProxy

log = logging.getLogger(__name__)

_SESSION = {
    "jit": "off",  # compiling costs more than any of these statements
    "timezone": "UTC",
    "application_name": "lidarr-metadata-cache",
}

_AMISS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word for a connection that died while it lay idle
    OSError,
    TimeoutError,
    ValueError,  # what asyncpg says of a URL that it cannot make sense of, when it first connects
)

_ANEW = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)

_CURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        asyncpg.InsufficientPrivilegeError,
        "give its user a schema to write to, as an administrator of the database: CREATE SCHEMA "
        "lidarrmetadata_cache AUTHORIZATION that user",
    ),
    (
        _ANEW,
        "if that lasts, let it be made anew: DROP SCHEMA lidarrmetadata_cache CASCADE",
    ),
    (Exception, "see that the server runs, and that postgres_url in the setting CACHE leads to it"),
)


class PostgresStore(Store):
    """Entries in the schema `lidarrmetadata_cache`, made or brought up to date by the first call.

    A schema of its own, since the database may hold other things, MusicBrainz' tables of the same
    names among them. `database` is a URL or the arguments of `asyncpg.connect`; timeouts are in
    seconds. Every call is one statement, however many keys it has. A database that is down is no
    error before the first call, and is found again when it is back.
    """

    name = "postgres"

    def __init__(
        self,
        database: str | Mapping[str, Any],
        *,
        pool_size: int = 10,
        acquire_timeout: float = 2.0,
        statement_timeout: float = 3.0,
    ) -> None:
        self._database = {"dsn": database} if isinstance(database, str) else dict(database)
        self._pool_size = pool_size
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._migrating = asyncio.Lock()
        self._migrated = False
        self.undecodable = 0
        """Rows met so far whose value could not be read."""

    async def open(self) -> None:
        """See `Store`. Connections are made when needed."""
        self._migrated = False
        self._pool = await asyncpg.create_pool(
            **self._database,
            timeout=self._acquire_timeout,
            min_size=0,
            max_size=self._pool_size,
            reset=_leave,
            command_timeout=self._statement_timeout + 1,
            server_settings={
                **_SESSION,
                "statement_timeout": str(round(self._statement_timeout * 1000)),
            },
        )

    async def close(self) -> None:
        """See `Store`. Running statements get no longer than the acquire timeout."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), self._acquire_timeout)
        except TimeoutError:
            self._pool.terminate()
        self._pool = None

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. A value that cannot be read is logged, counted and left out."""
        query = _query("get", table)
        asked = {storable(key): key for key in keys}
        if not asked:
            return {}
        async with self._connection() as connection:
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
        async with self._connection() as connection:
            await connection.execute(query, *map(list, zip(*rows, strict=True)))

    async def expire_many(self, table: str, keys: Iterable[str]) -> None:
        """See `Store`."""
        query = _query("expire", table)
        asked = sorted({storable(key) for key in keys})
        if asked:
            async with self._connection() as connection:
                await connection.execute(query, asked, STALE)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection to a database with our tables; what goes wrong becomes CacheUnavailable."""
        if self._pool is None:
            raise CacheUnavailable("the cache database has not been opened")
        pool, acquired = self._pool, False
        try:
            async with pool.acquire(timeout=self._acquire_timeout) as connection:
                acquired = True
                if not self._migrated:
                    await self._migrate(connection)
                yield connection
        except _AMISS as error:
            if isinstance(error, _ANEW):
                self._migrated = False  # emptied or exchanged while we were using it
            if acquired or not isinstance(error, TimeoutError):
                # Whatever befell this connection, the idle ones have lived through as well. But if
                # none was to be had, all are busy, and making them anew would add to that.
                await pool.expire_connections()
            cause = str(error) or type(error).__name__
            cure = next(cure for kinds, cure in _CURES if isinstance(error, kinds))
            raise CacheUnavailable(f"the cache database cannot answer: {cause}: {cure}") from error

    async def _migrate(self, connection: PoolConnectionProxy) -> None:
        async with self._migrating:
            if not self._migrated:
                await migrate(connection)
                self._migrated = True


async def _leave(_: object) -> None:
    """Leave the session as it is: no statement changes it, and asking costs a round trip a call."""


def _query(verb: str, table: str) -> str:
    check_table(table)
    return statement(f"cache/{verb}").replace("{table}", table)
