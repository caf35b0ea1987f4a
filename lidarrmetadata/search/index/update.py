"""Brings an index up to what has changed in its catalogue since it was made."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lidarrmetadata.search.index.catalogue import TellsChanges, up_to
from lidarrmetadata.search.index.errors import IndexUnavailable, RebuildNeeded
from lidarrmetadata.search.index.reader import check
from lidarrmetadata.search.index.work import writing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from typing import Any

    from lidarrmetadata.documents import Kind
    from lidarrmetadata.search.index.catalogue import Names
    from lidarrmetadata.search.index.folder import IndexFolder
    from lidarrmetadata.search.index.work import Worker
    from lidarrmetadata.search.index.writer import Writer

log = logging.getLogger(__name__)

_BATCH = 1000  # artists or albums asked for at once


@dataclass(frozen=True)
class Updated:
    """How many artists and albums were indexed anew or removed."""

    artists: int
    albums: int


async def update(catalogue: Names, folder: IndexFolder, *, memory: int) -> Updated:
    """Index anew what has changed since the last time.

    What was written is found within a second. If it is cut off, the next one does all of it again.
    Raises `RebuildNeeded` if there is no index, or it cannot be told what has changed; `IndexBusy`,
    `IndexUnwritable`, OSError, and what the catalogue raises.
    """
    if not isinstance(catalogue, TellsChanges):
        raise RebuildNeeded("the catalogue cannot tell what has changed: build the index anew")
    with folder.locked():
        try:
            state = await asyncio.to_thread(check, folder)
            generation = folder.current()
        except IndexUnavailable as error:
            raise RebuildNeeded(str(error)) from error
        now = datetime.now(UTC)
        since = await up_to(catalogue, now)
        changes = await catalogue.changes(datetime.fromisoformat(state.since), state.mark)
        if changes.everything:
            raise RebuildNeeded(
                "so much has changed in the catalogue that the index has to be built anew: "
                "`lidarr-metadata search build`"
            )
        async with writing(generation.path, memory) as (writer, worker):
            await _exchange(writer, worker, "artist", changes.artists, catalogue.artist_names_of)
            await _exchange(writer, worker, "album", changes.albums, catalogue.album_names_of)
            await worker.run(writer.close)
            state = replace(
                state,
                since=since.isoformat(),
                mark=changes.mark,
                artists=await worker.run(writer.count, "artist"),
                albums=await worker.run(writer.count, "album"),
                updated=now.isoformat(),
            )
            await worker.run(generation.write, state)
    updated = Updated(len(changes.artists), len(changes.albums))
    log.info("event=search_index_updated artists=%d albums=%d", updated.artists, updated.albums)
    return updated


async def _exchange(
    writer: Writer,
    worker: Worker,
    kind: Kind,
    changed: Iterable[str],
    names_of: Callable[[Sequence[str]], Awaitable[Sequence[Any]]],
) -> None:
    """Delete all of these, and add those that are still there: with one commit, at the end."""
    mbids = sorted(changed)
    for start in range(0, len(mbids), _BATCH):
        batch = mbids[start : start + _BATCH]
        await worker.run(_replace, writer, kind, batch, await names_of(batch))


def _replace(writer: Writer, kind: Kind, mbids: Sequence[str], there: Sequence[Any]) -> None:
    for mbid in mbids:
        writer.delete(kind, mbid)
    for names in there:
        if kind == "artist":
            writer.add_artist(names)
        else:
            writer.add_album(names)
