"""The cache's PostgreSQL database: one pool for everything that is kept there."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from lidarrmetadata.cache.migrate import migrate
from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.cache.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from asyncpg.pool import PoolConnectionProxy

BULK_SECONDS = 300.0
"""How long a statement may take that is about thousands of rows."""

_SESSION = {
    "jit": "off",  # compiling costs more than any of these statements
    "timezone": "UTC",
    "application_name": "lidarr-metadata-cache",
    # The server gives up a client whose machine went away, and the locks it held, after a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
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

_SLOW = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)

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
    (_SLOW, "see what else keeps the server busy, or holds the lock that was waited for"),
    (Exception, "see that the server runs, and that postgres_url in the setting CACHE leads to it"),
)


class CacheDatabase:
    """The schema `lidarrmetadata_cache`, made or brought up to date before it is first used.

    A schema of its own, since the database may hold other things, MusicBrainz' tables of the same
    names among them. `database` is a URL or the arguments of `asyncpg.connect`; timeouts are in
    seconds, `read_timeout` for what somebody waits for and `statement_timeout` for all else. A
    database that is down is no error before it is used, and is found again when it is back.
    """

    def __init__(
        self,
        database: str | Mapping[str, Any],
        *,
        pool_size: int = 8,
        acquire_timeout: float = 2.0,
        read_timeout: float = 1.0,
        statement_timeout: float = 3.0,
    ) -> None:
        self.arguments = {"dsn": database} if isinstance(database, str) else dict(database)
        """What `asyncpg.connect` needs to get there."""
        self.pool_size = pool_size
        self.acquire_timeout = acquire_timeout
        self.read_timeout = min(read_timeout, statement_timeout)
        self._statement_timeout = statement_timeout
        self.turns = Turns(pool_size, acquire_timeout)
        """For whoever asks about a table that others may keep locked: taken before `connection`."""
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._migrating = asyncio.Lock()
        self._migrated = False
        self.backends: set[int] = set()
        """The server's processes at the other ends of our connections, which notifications name."""

    async def open(self) -> None:
        """Make the pool, if it is not there yet. Connections are made when needed."""
        if self._pool is not None:
            return
        self._migrated = False
        self.turns = Turns(self.pool_size, self.acquire_timeout)  # the loop may be another
        self._pool = await asyncpg.create_pool(
            **self.arguments,
            timeout=self.acquire_timeout,
            min_size=0,
            max_size=self.pool_size,
            init=self._note,
            reset=_leave,
            command_timeout=self._statement_timeout + 1,
            server_settings={
                **_SESSION,
                "statement_timeout": str(round(self._statement_timeout * 1000)),
            },
        )

    async def warm_up(self) -> None:
        """Make the tables, and some connections. Raises a group of `CacheUnavailable`."""
        async with AsyncExitStack() as held, asyncio.TaskGroup() as group:
            for _ in range(self.pool_size // 2):
                group.create_task(held.enter_async_context(self.connection()))

    async def close(self) -> None:
        """Close the pool. Running statements get no longer than the acquire timeout."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), self.acquire_timeout)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self, wait: float | None = None) -> AsyncIterator[PoolConnectionProxy]:
        """A connection to a database with our tables, to be had within `wait` seconds.

        By default those are the acquire timeout. What goes wrong, here or in the block, becomes
        `CacheUnavailable`.
        """
        if self._pool is None:
            raise CacheUnavailable("the cache database has not been opened")
        pool = self._pool
        try:
            connection = await pool.acquire(timeout=self.acquire_timeout if wait is None else wait)
        except _AMISS as error:
            if not isinstance(error, TimeoutError):  # else all are busy: anew, they would add to it
                await pool.expire_connections()
            raise _unavailable(error) from error
        try:
            if not self._migrated:
                await self._migrate(connection)
            yield connection
        except _AMISS as error:
            if isinstance(error, _ANEW):
                self._migrated = False  # emptied or exchanged while we were using it
            if not await self._was_only_slow(connection, error):
                # Whatever befell this connection, the idle ones have lived through as well.
                await pool.expire_connections()
            raise _unavailable(error) from error
        finally:
            with suppress(*_AMISS):  # then the pool has thrown it away
                await pool.release(connection, timeout=self.acquire_timeout)

    @asynccontextmanager
    async def bulk(self, wait: float | None = None) -> AsyncIterator[PoolConnectionProxy]:
        """A `connection` in a transaction whose statements may take long: `BULK_SECONDS` each.

        They still wait no longer than the statement timeout for a lock. asyncpg has to be told of
        the time as well, as `timeout` of each call.
        """
        async with (
            self.connection(wait) as connection,
            connection.transaction(isolation="read_committed"),
        ):
            await connection.execute(
                f"SET LOCAL statement_timeout = '{BULK_SECONDS:.0f}s'; "
                f"SET LOCAL lock_timeout = '{self._statement_timeout * 1000:.0f}ms'"
            )
            yield connection

    async def _was_only_slow(self, connection: PoolConnectionProxy, error: Exception) -> bool:
        """Whether a statement took too long on a connection that is as good as ever."""
        if not isinstance(error, TimeoutError):
            return isinstance(error, _SLOW)
        try:
            async with asyncio.timeout(self.acquire_timeout):
                await connection.fetchval("SELECT 1")  # asyncpg has cancelled the other by then
        except _AMISS:
            with suppress(asyncpg.InterfaceError):  # it has gone already
                connection.terminate()
            return False
        return True

    async def _note(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        backend = connection.get_server_pid()
        self.backends.add(backend)
        connection.add_termination_listener(lambda _: self.backends.discard(backend))

    async def _migrate(self, connection: PoolConnectionProxy) -> None:
        async with self._migrating:
            if not self._migrated:
                await migrate(connection)
                self._migrated = True


def _unavailable(error: Exception) -> CacheUnavailable:
    cause = str(error) or type(error).__name__
    cure = next(cure for kinds, cure in _CURES if isinstance(error, kinds))
    return CacheUnavailable(f"the cache database cannot answer: {cause}: {cure}")


async def _leave(_: object) -> None:
    """Leave the session as it is: no statement changes it, and asking costs a round trip a call."""
