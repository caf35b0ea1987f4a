"""Doing what blocks in a thread, one thing after the other."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from lidarrmetadata.search.index.errors import IndexUnwritable
from lidarrmetadata.search.index.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """One thread. What it has begun it finishes before anybody goes on, even who is cancelled."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "search-index")

    async def run(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `do` returns. Raises what it raises, `IndexUnwritable` for what the disk says."""
        doing = self._pool.submit(do, *args, **kwargs)
        waiting = asyncio.wrap_future(doing)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            await asyncio.wait({waiting})
            raise
        except (OSError, ValueError) as error:
            raise IndexUnwritable(
                f"the search index cannot be written ({error}): make room on its disk, or set "
                "SEARCH_INDEX_DIR to a folder that this account may write to"
            ) from error

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(wait=False)


@asynccontextmanager
async def writing(path: Path, memory: int) -> AsyncIterator[tuple[Writer, Worker]]:
    """A writer for the indexes below a folder, and the thread to use it from."""
    worker = Worker()
    try:
        writer = await worker.run(Writer(path, memory).__enter__)
        try:
            yield writer, worker
        except BaseException as error:
            await worker.run(writer.__exit__, type(error), error, error.__traceback__)
            raise
        await worker.run(writer.close)
    finally:
        worker.close()
