"""Artists and albums found in the built-in index."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar, TypeVar

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.search.index.errors import IndexUnavailable
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.search.index.reader import IndexReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import Tools
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

T = TypeVar("T")

_THREADS = 2
_MOST_WAITING = 64  # searches; each takes some milliseconds
_TIMEOUT = 2.0  # seconds
_NICENESS = 5


class SearchIndexProvider(ArtistNameSearchMixin, AlbumNameSearchMixin):
    """The index that `lidarr-metadata search build` makes, read in threads of its own."""

    name: ClassVar[str] = "search_index"

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """Nothing is read yet; files need none of the tools for the internet."""
        self._reader = IndexReader(IndexFolder.of(config))
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """Whether there is an index shows when it is asked."""
        return True

    async def open(self) -> None:
        """Get threads ready. An index that is not there is no error: one may be built."""
        self._pool = ThreadPoolExecutor(_THREADS, "search", initializer=_stand_back)

    async def close(self) -> None:
        """Let the threads end after the search they are at."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        """See `ArtistNameSearchMixin`."""
        return await self._run(lambda: self._reader.find_artists(query, limit))

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        """See `AlbumNameSearchMixin`."""
        return await self._run(lambda: self._reader.find_albums(query, artist, limit))

    async def _run(self, find: Callable[[], T]) -> T:
        if self._pool is None:
            raise ProviderUnavailable("the search index has not been opened")
        if self._waiting >= _MOST_WAITING:
            raise ProviderUnavailable(
                f"{_MOST_WAITING} searches wait for the search index already: ask again in a moment"
            )
        finding = asyncio.wrap_future(self._pool.submit(find))
        self._waiting += 1
        finding.add_done_callback(self._done)
        try:
            # A thread cannot be stopped: one that is given up counts until it has finished.
            return await asyncio.wait_for(asyncio.shield(finding), _TIMEOUT)
        except TimeoutError:
            raise ProviderUnavailable(
                f"the search index did not answer in {_TIMEOUT:g} seconds"
            ) from None
        except IndexUnavailable as error:
            raise ProviderUnavailable(str(error)) from error

    def _done(self, finding: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not finding.cancelled():
            finding.exception()  # heard of, even if nobody waits for it any more


def _stand_back() -> None:
    """Let the event loop go first where both want a processor, as Linux lets each thread say."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
