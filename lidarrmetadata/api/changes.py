"""Finding what changed in the catalogue, and having it made anew before it is served again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.documents import KINDS
from lidarrmetadata.errors import Busy, MetadataError, Unavailable
from lidarrmetadata.provider.mixins import ChangesMixin, DataVintageMixin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from lidarrmetadata.cache.progress import Progress
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

_NAME = "changes"
_EXCHANGED = "catalogue exchanged"
_BATCH = 1000
# How old word of the last search may be before somebody who asks for recent changes sets off one.
_SEARCH_EVERY = timedelta(minutes=15)
# After a search that failed: where it takes too long, it must not run all the time.
_SEARCH_AGAIN = timedelta(hours=1)
# A search this long ago says nothing of what changed lately.
_WATCHED = timedelta(days=2)
# Seconds that somebody who asks for recent changes waits for a search.
_PATIENCE = 1.5
# How long it is remembered which changes have been dealt with; they are looked for with an overlap.
_MEMORY = timedelta(days=7)


@dataclass(frozen=True)
class Found:
    """What a search led to: documents expired, of each kind; all of them with `everything`."""

    since: datetime
    artists: int
    albums: int
    everything: bool


async def find(services: Services, since: datetime | None = None) -> Found:
    """Expire, everywhere, what changed in the catalogue since the last search.

    With `since` everything since then, if that is earlier, dealt with or not. One search runs at a
    time over all processes: raises `Busy`, and `Unavailable` if it cannot be told or not be said to
    a part of the cache; what was missed is found again by the next.
    """
    search = services.change_search
    if search.running is not None:
        raise Busy("changes are being looked for already")
    # In a task of its own: whoever asked may hang up.
    search.running = asyncio.create_task(_find(services, since))
    search.running.add_done_callback(lambda _: search.over())
    return await asyncio.shield(search.running)


async def keep_up(services: Services) -> bool:
    """Whether changes are being found: set off a search if the last was long ago.

    Raises `CacheUnavailable`.
    """
    progress, search = services.progress, services.change_search
    if progress is None or not services.providers.having(ChangesMixin):
        return False
    now = services.clock.now()
    step = await progress.get(_NAME)
    if (step is None or now - step.finished > _SEARCH_EVERY) and now >= search.not_before:
        search.not_before = now + _SEARCH_AGAIN
        if search.running is None:
            begun = asyncio.ensure_future(find(services))
            begun.add_done_callback(_noted)
            await asyncio.wait({begun}, timeout=_PATIENCE)
            if begun.done() and not begun.cancelled() and begun.exception() is None:
                search.not_before = now
            step = await progress.get(_NAME)
    return step is not None and now - step.finished < _WATCHED


async def exchanged(services: Services) -> datetime | None:
    """When anything may have changed, and no list could say what. Raises `CacheUnavailable`."""
    step = await services.progress.get(_EXCHANGED) if services.progress else None
    return step.finished if step else None


class ChangeSearch:
    """The search this process is at, if it is."""

    def __init__(self, begun: datetime) -> None:
        self.running: asyncio.Task[Found] | None = None
        self.not_before = begun

    def over(self) -> None:
        """It has ended."""
        self.running = None

    async def close(self) -> None:
        """Give it up; what it has not dealt with the next one finds again."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait({self.running})


async def _find(services: Services, since: datetime | None) -> Found:
    progress, announcements = services.progress, services.announcements
    if progress is None or announcements is None:
        raise Unavailable("changes are kept in the cache database, and there is none: set CACHE")
    catalogues = services.providers.having(ChangesMixin)
    if not catalogues:
        raise Unavailable("none of the PROVIDERS can tell what has changed")
    try:
        async with progress.alone(_NAME) as is_alone:
            if not is_alone:
                raise Busy("changes are being looked for already, by another process")
            step = await progress.get(_NAME)
            begun = services.clock.now()
            start = step.since if step else await announcements.begun()
            # Never from later on: the next search begins where this one ends.
            start = start if since is None else min(start, since)
            seen_until = await _vintage(catalogues[0]) or begun
            changes = await catalogues[0].changes(start, step.mark if step else "")
            if changes.everything:
                await progress.put(_EXCHANGED, begun)
                for kind in KINDS:
                    await services.documents.expire_all(kind)
            again = since is not None
            artists = await _expire(services, progress, "artist", changes.artists, again)
            albums = await _expire(services, progress, "album", changes.albums, again)
            await progress.put(_NAME, min(begun, seen_until), changes.mark)
            await progress.forget_seen(begun - _MEMORY)
    except CacheUnavailable as error:
        raise Unavailable(str(error)) from error
    found = Found(start, artists, albums, changes.everything)
    log.info(
        "event=changes_found since=%s artists=%d albums=%d everything=%s",
        start.isoformat(timespec="seconds"),
        found.artists,
        found.albums,
        found.everything,
    )
    return found


async def _vintage(catalogue: ChangesMixin) -> datetime | None:
    """Up to when the catalogue has its changes: a mirror may be days behind."""
    if not isinstance(catalogue, DataVintageMixin):
        return None
    return (await catalogue.vintage()).replicated


async def _expire(
    services: Services,
    progress: Progress,
    kind: Kind,
    changes: dict[str, datetime | None],
    again: bool,
) -> int:
    """Expire what has changed and has not been expired for that; how many documents there were."""
    dated = {mbid: changed for mbid, changed in changes.items() if changed is not None}
    due = changes.keys() - dated.keys()
    due |= dated.keys() if again else await progress.unseen(kind, dated)
    known = 0
    for batch in _batches(sorted(due)):
        known += len(await services.documents.expire(kind, batch))
        await progress.note_seen(kind, {mbid: dated[mbid] for mbid in batch if mbid in dated})
    return known


def _batches(mbids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(mbids)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _noted(search: asyncio.Future[Found]) -> None:
    """Nobody waits for how a search ends that was set off in passing."""
    if search.cancelled() or (error := search.exception()) is None:
        return
    level = logging.INFO if isinstance(error, MetadataError) else logging.ERROR
    log.log(level, "event=changes_unknown cause=%r", str(error))
