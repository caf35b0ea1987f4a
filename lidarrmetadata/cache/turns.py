"""Turns at a table, so that one which is locked leaves connections to the others."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lidarrmetadata.cache.store import CacheUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# One table's part of the connections.
_PART = 3


class Turns:
    """Lets a third of so many connections, at least one, work on one table at a time.

    Made in, and for, one event loop. `wait`: seconds for a turn and then a connection, together.
    """

    def __init__(self, connections: int, wait: float) -> None:
        share = max(1, connections // _PART)
        self._free: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(share))
        self._wait = wait

    @asynccontextmanager
    async def at(self, table: str) -> AsyncIterator[float]:
        """A turn at a table, and the seconds that are left. Raises CacheUnavailable if none."""
        loop, turns = asyncio.get_running_loop(), self._free[table]
        deadline = loop.time() + self._wait
        try:
            async with asyncio.timeout_at(deadline):
                await turns.acquire()
        except TimeoutError as error:
            raise CacheUnavailable(
                f"the cache database cannot answer: all that may ask for {table} at once wait for "
                "its answers: see what keeps it busy, or holds a lock on that table"
            ) from error
        try:
            yield deadline - loop.time()
        finally:
            turns.release()
