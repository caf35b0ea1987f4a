"""The cache's PostgreSQL database: one pool for everything that is kept there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from lidarrmetadata.cache.migrate import migrate
from lidarrmetadata.cache.store import CacheUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from asyncpg.pool import PoolConnectionProxy

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


class CacheDatabase:
    """The schema `lidarrmetadata_cache`, made or brought up to date before it is first used.

    A schema of its own, since the database may hold other things, MusicBrainz' tables of the same
    names among them. `database` is a URL or the arguments of `asyncpg.connect`; timeouts are in
    seconds. A database that is down is no error before it is used, and is found again when it is
    back.
    """

    def __init__(
        self,
        database: str | Mapping[str, Any],
        *,
        pool_size: int = 8,
        acquire_timeout: float = 2.0,
        statement_timeout: float = 3.0,
    ) -> None:
        self.arguments = {"dsn": database} if isinstance(database, str) else dict(database)
        """What `asyncpg.connect` needs to get there."""
        self.pool_size = pool_size
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._migrating = asyncio.Lock()
        self._migrated = False

    async def open(self) -> None:
        """Make the pool, if it is not there yet. Connections are made when needed."""
        if self._pool is not None:
            return
        self._migrated = False
        self._pool = await asyncpg.create_pool(
            **self.arguments,
            timeout=self._acquire_timeout,
            min_size=0,
            max_size=self.pool_size,
            reset=_leave,
            command_timeout=self._statement_timeout + 1,
            server_settings={
                **_SESSION,
                "statement_timeout": str(round(self._statement_timeout * 1000)),
            },
        )

    async def close(self) -> None:
        """Close the pool. Running statements get no longer than the acquire timeout."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), self._acquire_timeout)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection to a database with our tables.

        What goes wrong, here or in the block, becomes `CacheUnavailable`.
        """
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
