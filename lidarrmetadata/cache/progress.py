"""How far work that goes on for ever has come, and that one process does it at a time."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from lidarrmetadata.cache.database import BULK_SECONDS
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.cache.database import CacheDatabase


@dataclass(frozen=True, slots=True)
class Step:
    """How far a piece of work has come."""

    since: datetime
    """What happened until then has been dealt with."""

    mark: str
    """The catalogue's own word for that; may be empty."""

    finished: datetime
    """When this was noted, by the database's clock."""


class Progress:
    """Notes of work that processes share, in the cache's database. All raise CacheUnavailable."""

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> Step | None:
        """The step noted last. None: this work has never been done."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(statement("cache/progress_get"), name)
        return Step(**row) if row else None

    async def put(self, name: str, since: datetime, mark: str = "") -> None:
        """Note a step, in place of the one before."""
        async with self._database.connection() as connection:
            await connection.execute(statement("cache/progress_put"), name, since, mark)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """True for one holder of this name at a time, over all processes; False for the others.

        Keeps a connection of the pool meanwhile. A holder that dies is one no more; nor is one that
        the database has lost, which does not hear of it. What the block raises comes out as it is.
        """
        lock = _lock(name)
        async with AsyncExitStack() as kept:
            connection = await kept.enter_async_context(self._database.connection())
            taken: bool = await connection.fetchval(statement("cache/try_lock"), lock)
            borrowed = kept.pop_all()
        # Closed by hand: the connection must not take the block's errors for its own.
        if not taken:
            await borrowed.aclose()
            yield False
            return
        try:
            yield True
        finally:
            try:
                await _unlock(connection, lock)
            finally:
                await borrowed.aclose()

    async def unseen(self, kind: str, changes: Mapping[str, datetime]) -> set[str]:
        """Those of the changes (when, by id) that have not been dealt with at that time or later.

        `kind` is any word that keeps the ids of one sort of thing apart from others.
        """
        if not changes:
            return set()
        async with self._database.bulk() as connection:
            rows = await connection.fetch(
                statement("cache/unseen"),
                kind,
                list(changes),
                list(changes.values()),
                timeout=BULK_SECONDS,
            )
        return {row["id"] for row in rows}

    async def note_seen(self, kind: str, changes: Mapping[str, datetime]) -> None:
        """Note that these changes (when, by id) have been dealt with. The latest of an id stays."""
        if not changes:
            return
        ids = sorted(changes)
        async with self._database.bulk() as connection:
            await connection.execute(
                statement("cache/note_seen"),
                kind,
                ids,
                [changes[id_] for id_ in ids],
                timeout=BULK_SECONDS,
            )

    async def forget_seen(self, before: datetime) -> None:
        """Forget the changes of before, which nobody will find once more."""
        async with self._database.bulk() as connection:
            await connection.execute(statement("cache/forget_seen"), before, timeout=BULK_SECONDS)


async def _unlock(connection: PoolConnectionProxy, lock: int) -> None:
    """Give a lock back, at the latest with its session: the pool would keep both."""
    try:
        await connection.execute(statement("cache/unlock"), lock)
    except BaseException as error:
        with suppress(asyncpg.InterfaceError):  # it has gone already
            connection.terminate()
        if not isinstance(error, Exception):
            raise


def _lock(name: str) -> int:
    """A number for a name, far from the one that migrations take."""
    digest = hashlib.sha256(f"lidarrmetadata_cache {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
