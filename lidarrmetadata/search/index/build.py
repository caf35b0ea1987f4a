"""Makes an index from a whole catalogue, beside the one that serves.

What has been committed survives: a build that was killed is gone on with by the next.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lidarrmetadata.errors import Unavailable
from lidarrmetadata.search.index.catalogue import begins
from lidarrmetadata.search.index.folder import State
from lidarrmetadata.search.index.work import writing
from lidarrmetadata.search.index.writer import is_sound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from typing import Any

    from lidarrmetadata.documents import Kind
    from lidarrmetadata.search.index.catalogue import Names
    from lidarrmetadata.search.index.folder import Generation, IndexFolder
    from lidarrmetadata.search.index.work import Worker
    from lidarrmetadata.search.index.writer import Writer

    Fetch = Callable[[int, int], Awaitable[Sequence[tuple[int, Any]]]]

log = logging.getLogger(__name__)

_BATCH = 10_000  # rows asked for at once
_COMMIT = 300_000  # rows that are lost at most when a build is killed


@dataclass(frozen=True)
class Progress:
    """How far a build is: so many of about so many of a kind."""

    kind: Kind
    done: int
    about: int


async def build(
    catalogue: Names,
    folder: IndexFolder,
    *,
    memory: int,
    progress: Callable[[Progress], None] = lambda _: None,
    anew: bool = False,
) -> State:
    """Index all there is, have that serve, and return what is known of it.

    The index there was goes on serving until then. `memory` is in bytes; with `anew` what a killed
    build has left is not gone on with. Raises `IndexBusy`, `IndexUnwritable`, OSError, and what the
    catalogue raises.
    """
    with folder.locked():
        generation, is_continued = await _begun(catalogue, folder, anew)
        async with writing(generation.path, memory) as (writer, worker):
            await worker.run(folder.tidy_all_but_serving, generation)
            building = _Building(generation, writer, worker, progress, is_continued)
            artists, albums = await catalogue.count_names()
            await building.index("artist", catalogue.artist_names, writer.add_artist, artists)
            await building.index("album", catalogue.album_names, writer.add_album, albums)
            state = await worker.run(building.finish)
            await worker.run(folder.publish, generation)
    log.info(
        "event=search_index_built artists=%d albums=%d generation=%s",
        state.artists,
        state.albums,
        generation.path.name,
    )
    return state


async def _begun(catalogue: Names, folder: IndexFolder, anew: bool) -> tuple[Generation, bool]:
    """The generation to build, and whether some of it is there."""
    now = datetime.now(UTC)
    left = None if anew else folder.half_built(now)
    if left is not None and await asyncio.to_thread(is_sound, left.path):
        log.info("event=search_build_continued generation=%s", left.path.name)
        return left, True
    try:
        since, mark = await begins(catalogue, now)
    except Unavailable as error:
        log.warning("event=search_build_without_mark cause=%r", str(error))
        since, mark = now, ""
    state = State(folder.catalogue, since.isoformat(), mark, begun=now.isoformat(), after={})
    return folder.begin(state), False


class _Building:
    """Fills one generation."""

    def __init__(
        self,
        generation: Generation,
        writer: Writer,
        worker: Worker,
        progress: Callable[[Progress], None],
        is_continued: bool,
    ) -> None:
        self._generation = generation
        self._writer = writer
        self._worker = worker
        self._progress = progress
        self._is_continued = is_continued
        self._state = generation.state()

    async def index(self, kind: Kind, fetch: Fetch, add: Callable[[Any], None], about: int) -> None:
        """Index all of a kind, from where an earlier build has come to."""
        run = self._worker.run
        after = (self._state.after or {}).get(kind, 0)
        done = self._counted(kind)
        # A build that was killed may have committed more than it could say.
        twice = self._is_continued and await run(self._writer.count, kind) != done
        fresh = 0
        async with aclosing(_batches(fetch, after)) as batches:
            async for rows in batches:
                await run(self._add, kind, add, rows, twice)
                after = rows[-1][0]
                done += len(rows)
                fresh += len(rows)
                if fresh >= _COMMIT:
                    await run(self._commit, kind, after, done)
                    fresh, twice = 0, False
                self._progress(Progress(kind, done, max(about, done)))
        await run(self._commit, kind, after, done)
        await run(self._writer.close)

    def finish(self) -> State:
        """Say that it is complete."""
        now = datetime.now(UTC).isoformat()
        self._state = replace(
            self._state,
            artists=self._writer.count("artist"),
            albums=self._writer.count("album"),
            built=now,
            updated=now,
            after=None,
        )
        self._generation.write(self._state)
        return self._state

    def _add(
        self, kind: Kind, add: Callable[[Any], None], rows: Sequence[tuple[int, Any]], twice: bool
    ) -> None:
        if twice:
            for _, names in rows:
                self._writer.delete(kind, names.id)
        for _, names in rows:
            add(names)

    def _commit(self, kind: Kind, after: int, done: int) -> None:
        self._writer.commit()
        known = {**(self._state.after or {}), kind: after}
        if kind == "artist":
            self._state = replace(self._state, after=known, artists=done)
        else:
            self._state = replace(self._state, after=known, albums=done)
        self._generation.write(self._state)

    def _counted(self, kind: Kind) -> int:
        return self._state.artists if kind == "artist" else self._state.albums


async def _batches(fetch: Fetch, after: int) -> AsyncGenerator[Sequence[tuple[int, Any]], None]:
    """All rows after one, in batches. The next is being fetched while one is dealt with."""
    ahead = asyncio.ensure_future(fetch(after, _BATCH))
    try:
        while rows := await ahead:
            ahead = asyncio.ensure_future(fetch(rows[-1][0], _BATCH))
            yield rows
    finally:
        ahead.cancel()
        await asyncio.wait({ahead})
