"""Connections to MusicBrainz' database, and what is made of it when they fail."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from lidarrmetadata.errors import Inconsistent, ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.belief import Belief
from lidarrmetadata.provider.musicbrainz.shares import Shares
from lidarrmetadata.provider.musicbrainz.vocabulary import UnknownWord
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.musicbrainz.belief import Session
    from lidarrmetadata.provider.musicbrainz.readiness import Catalogue
    from lidarrmetadata.provider.musicbrainz.shares import Share

log = logging.getLogger(__name__)

_SESSION = {
    "search_path": "musicbrainz,public",  # the database's own setting gets lost in copies
    "default_transaction_read_only": "on",
    "jit": "off",  # compiling costs the first query of a connection a second and saves nothing here
    "plan_cache_mode": "force_generic_plan",  # planning costs more than these look-ups
    "random_page_cost": "1.1",  # SSD or memory, else small data loses to whole-table scans
    "lock_timeout": "1000",  # ms; who locks a table against readers has it for minutes or hours
    "timezone": "UTC",
    "application_name": "lidarr-metadata",
}

_AMISS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word for a connection that died while it lay idle
    OSError,
    TimeoutError,
)

# The statements of artists and albums, each with what it takes besides ids.
_DOCUMENTS: tuple[tuple[Any, ...], ...] = (
    ("resolve_artists",),
    ("artists",),
    ("artist_albums", False),
    ("release_groups",),
    ("releases",),
    ("tracks",),
    ("track_old_ids",),
    ("recordings",),
    ("first_artists",),
)

# What a healthy connection says about one statement.
_STATEMENT_ONLY = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)


class Sessions:
    """A pool of connections, each share of it for one kind of question."""

    def __init__(self, config: DefaultConfig) -> None:
        """Connect to nothing yet."""
        database = config.DATABASE
        self._where = f"{database['host']}:{database['port']}/{database['database']}"
        self._database = database
        self._pool_size = config.DATABASE_POOL_MAX
        self._acquire_timeout = config.DATABASE_ACQUIRE_TIMEOUT
        self._statement_timeout = config.MUSICBRAINZ_TIMEOUT
        self._shares = Shares(self._pool_size)
        self._belief = Belief()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._amiss: dict[str, str] = {}  # cause by share

    async def open(self) -> None:
        """Make the pool.

        Connections are made when needed, so a database that is down is no error here.
        """
        self._pool = await asyncpg.create_pool(
            host=self._database["host"],
            port=self._database["port"],
            database=self._database["database"],
            user=self._database["user"],
            password=self._database["password"] or None,
            timeout=self._acquire_timeout,
            min_size=0,
            max_size=self._pool_size,
            init=self._forget,
            reset=_leave,
            command_timeout=self._statement_timeout + 1,
            server_settings={
                **_SESSION,
                "statement_timeout": str(round(self._statement_timeout * 1000)),
            },
        )

    async def warm_up(self) -> None:
        """Make the connections that documents will want, each with their statements prepared.

        The first to ask would otherwise wait for that. Raises a group of what `asyncpg` raises.
        """
        if self._pool is None:
            return
        pool = self._pool
        async with AsyncExitStack() as held:

            async def warmed() -> None:
                connection = await held.enter_async_context(pool.acquire())
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    await self._belief.catalogue_of(connection)
                    for name, *more in _DOCUMENTS:
                        await connection.fetch(statement(f"musicbrainz/{name}"), [], *more)

            # All at once, so that each has one of its own; none is given back before all are there.
            async with asyncio.TaskGroup() as group:
                for _ in range(self._shares.most):
                    group.create_task(warmed())

    async def close(self) -> None:
        """Close the pool; running statements get no longer than the acquire timeout."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), self._acquire_timeout)
        except TimeoutError:
            self._pool.terminate()
        self._pool = None

    @asynccontextmanager
    async def _snapshot(self, share: Share) -> AsyncIterator[tuple[PoolConnectionProxy, Catalogue]]:
        """A connection that sees one state of the database, and what is known of that state.

        Whatever goes wrong, in the body as well, is raised as `ProviderUnavailable`.
        """
        if self._pool is None:
            raise ProviderUnavailable("the MusicBrainz database has not been opened")
        pool = self._pool
        try:
            async with AsyncExitStack() as held:
                connection = await self._begun(held, pool, share)
                yield connection, await self._belief.catalogue_of(connection)
            self._well(share)
        except ProviderUnavailable as error:
            self._ill(share, str(error))
            raise
        except UnknownWord as error:
            self._belief.doubt()
            raise ProviderUnavailable(
                f"the MusicBrainz database knows a type {error} that it did not a moment ago", 1
            ) from error
        except LookupError as error:
            log.exception("event=database_inconsistent database=%s", self._where)
            raise Inconsistent(
                f"the MusicBrainz database refers to a row {error} that it does not hold"
            ) from error
        except _AMISS as error:
            if not isinstance(error, _STATEMENT_ONLY):
                # Whatever befell this connection, the idle ones have lived through as well.
                await pool.expire_connections()
            cause = str(error) or type(error).__name__
            self._ill(share, cause)
            raise ProviderUnavailable(f"the MusicBrainz database cannot answer: {cause}") from error

    async def _begun(
        self, held: AsyncExitStack, pool: asyncpg.Pool[asyncpg.Record], share: Share
    ) -> PoolConnectionProxy:
        """A connection in a transaction, when it is this caller's turn. `held` gives back all."""
        connection = None
        try:
            async with asyncio.timeout(self._acquire_timeout):
                for turn in share.turns:
                    await held.enter_async_context(turn)
                connection = await held.enter_async_context(pool.acquire())
                await held.enter_async_context(
                    connection.transaction(isolation="repeatable_read", readonly=True)
                )
                return connection
        except TimeoutError as error:
            if connection is not None:
                # To begin costs a server nothing: this one hangs, and would not let go politely.
                connection.terminate()
                await pool.expire_connections()
            raise ProviderUnavailable(
                "the MusicBrainz database cannot answer: no connection was free for "
                f"{share.name}, could be made, or did anything, within {self._acquire_timeout:g} s"
            ) from error

    async def _forget(self, connection: Session) -> None:
        """Believe nothing if a new connection leads elsewhere than those before."""
        await self._belief.meet(connection)

    def _ill(self, share: Share, cause: str) -> None:
        """Log when something goes wrong, or another thing does; not each time.

        A library being refreshed asks thousands of times while the database is down.
        """
        if cause not in self._amiss.values():
            log.warning("event=database_unavailable database=%s cause=%r", self._where, cause)
        self._amiss[share.name] = cause

    def _well(self, share: Share) -> None:
        """Log when all is well again. What stopped others for the same cause is over as well."""
        over = self._amiss.get(share.name)
        if over is None:
            return
        self._amiss = {name: cause for name, cause in self._amiss.items() if cause != over}
        if not self._amiss:
            log.info("event=database_available database=%s", self._where)


async def _leave(_: object) -> None:
    """Spare the round trip that resets a session: settings change within transactions only."""
