"""What is believed of a database between two looks, and who looks when several would."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import asyncpg

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.readiness import Catalogue, current_files, look_over
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg.pool import PoolConnectionProxy

    Session = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

log = logging.getLogger(__name__)

# How long, in seconds, a database is believed to be as it was when last looked over. Other files
# are looked over at once, another server is, and so is every database before "no such id".
_TRUST = 30.0

# How long, in milliseconds, to wait for a locked table when there is a belief to go on with.
_PATIENCE = 200

HELD_UP = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, TimeoutError)
"""How a statement ends that somebody else's lock, or too much work, has held up."""


class Belief:
    """The catalogue behind a pool of connections, looked over by one of them for all."""

    def __init__(self) -> None:
        """Believe nothing."""
        self.catalogue: Catalogue | None = None
        """What the last look found."""
        self._stands = False
        self._looked_over = float("-inf")
        self._looking: asyncio.Future[None] | None = None
        self._server: datetime | None = None

    async def meet(self, connection: Session) -> None:
        """Believe nothing if a new connection leads to another server than the last one."""
        server = await connection.fetchval(statement("musicbrainz/server"))
        if server != self._server:
            self._server = server
            self._stands = False

    def doubt(self) -> None:
        """Have the database looked over at the next opportunity."""
        self._looked_over = float("-inf")

    async def catalogue_of(self, connection: PoolConnectionProxy) -> Catalogue:
        """The catalogue that a transaction on this connection sees.

        While one looks, others wait for it only if they have nothing to go on with. Raises
        `ProviderUnavailable` and what asyncpg raises.
        """
        files = await current_files(connection)
        while True:
            known = self._believed(files)
            if known is not None and (self._fresh() or self._looking is not None):
                return known
            if self._looking is None:
                return await self._look(connection, files)
            looking = self._looking
            await asyncio.wait([looking])  # not awaited itself: it is not ours to cancel
            if error := looking.exception():
                raise error

    def _believed(self, files: str) -> Catalogue | None:
        known = self.catalogue
        return known if known is not None and self._stands and known.files == files else None

    def _fresh(self) -> bool:
        return asyncio.get_running_loop().time() - self._looked_over <= _TRUST

    async def _look(self, connection: PoolConnectionProxy, files: str) -> Catalogue:
        loop = asyncio.get_running_loop()
        known = self._believed(files)
        server = self._server
        began = loop.time()
        looking = self._looking = loop.create_future()
        try:
            found = await (look_over(connection) if known is None else _again(connection, known))
        except Exception as error:
            if isinstance(error, ProviderUnavailable):
                self._stands = False
            looking.set_exception(error)
            looking.exception()  # heard of, even if nobody waits for it
            raise
        else:
            self.catalogue = found
            self._stands = server == self._server  # or else one that came meanwhile has doubts
            self._looked_over = began
            return found
        finally:
            self._looking = None
            if not looking.done():
                looking.set_result(None)


async def _again(connection: PoolConnectionProxy, known: Catalogue) -> Catalogue:
    """The catalogue, or what is known of it if it cannot be looked over now.

    An import or VACUUM FULL has a table to itself for hours, and its files are still those that
    were looked over: documents that do not need this table can be made all the while.
    """
    try:
        async with connection.transaction():  # a savepoint: what fails in here spoils no more
            await connection.execute(f"SET LOCAL lock_timeout = {_PATIENCE}")
            found = await look_over(connection)
            await connection.execute("SET LOCAL lock_timeout TO DEFAULT")
    except HELD_UP as error:
        log.info("event=look_over_held_up cause=%r", str(error) or type(error).__name__)
        return known
    return found
