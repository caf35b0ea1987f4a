"""Finding artists and albums by name: hits ranked and remembered, and served as whole documents."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.api.shelf import NEVER
from lidarrmetadata.cache.entry import Entry, fuzzed
from lidarrmetadata.errors import MetadataError, Unavailable
from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.resilience.singleflight import SingleFlight
from lidarrmetadata.search.matching import Query
from lidarrmetadata.search.ranking import interleave, rank_albums, rank_artists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lidarrmetadata.api.shelf import Answer
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.provider.search_backends import SearchBackends
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.singleflight import Tell
    from lidarrmetadata.search.ranking import Hit
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

Scope = Literal["artist", "album", "all"]

MOST = 100
"""Hits of a kind."""

# So many hits are looked for at a time: lists of nearly the same length share what is remembered.
_SIZES = (10, 25, 50, MOST)
_TABLE = "search"
_MAKESHIFT = 300  # seconds for what another back end than the chosen one has found
_EDITION = "1"  # of how hits are kept and ranked; what another one kept is not found


@dataclass(frozen=True, slots=True)
class FoundId:
    """A hit as it is remembered."""

    kind: Kind
    id: str
    score: int


@dataclass(frozen=True, slots=True)
class Result:
    """A hit and its document."""

    answer: Answer
    score: int


@dataclass(frozen=True, slots=True)
class Results:
    """The hits that can be served, best first. `is_whole`: there are none that cannot for now.

    `read` is the serial of the answer cache from before the first of them was read.
    """

    results: list[Result]
    is_whole: bool = True
    read: int = NEVER


class SearchBook:
    """Hits by what was asked for: remembered, else found by the first back end that can.

    The same question is asked once, however many ask it at once.
    """

    def __init__(
        self, backends: SearchBackends, store: Store, clock: Clock, lifetimes: Mapping[str, Any]
    ) -> None:
        self._backends = backends
        self._store = store
        self._clock = clock
        self._lifetimes = lifetimes
        self._flights: SingleFlight[str, list[FoundId]] = SingleFlight()
        # Ranking is pure Python, so several threads would only keep the event loop waiting longer.
        self._ranking = ThreadPoolExecutor(1, "ranking")

    async def close(self) -> None:
        """Give up what is still under way."""
        await self._flights.close()
        self._ranking.shutdown(wait=False, cancel_futures=True)

    async def find(self, scope: Scope, text: str, artist: str, limit: int) -> list[FoundId]:
        """The best hits, at most `limit` of each kind. Odd text finds nothing.

        When nothing can search, what was found earlier is served, however old. Raises
        `Unavailable` if there is nothing like that.
        """
        query, by = Query.of(text), Query.of(artist)
        if not query:
            return []
        size = next(size for size in _SIZES if limit <= size)
        key = _key(scope, query, by, size)
        entry = (await self._store.get_many(_TABLE, [key])).get(key)
        known = None if entry is None else _read(entry.value)
        if known is None or entry is None or not entry.is_fresh(self._clock.now()):
            try:
                known = await self._flights.join(
                    key, lambda tell: self._fly(key, scope, query, by, size, tell)
                )
            except Unavailable:
                if known is None:
                    raise
        return _at_most(known, limit)

    async def _fly(
        self,
        key: str,
        scope: Scope,
        query: Query,
        by: Query,
        size: int,
        tell: Tell[list[FoundId]],
    ) -> None:
        hits, is_chosen = await self._hits(scope, query, by, size)
        found = [FoundId(hit.kind, hit.id, hit.score) for hit in hits]
        tell(found)
        lifetime = self._lifetimes[_TABLE]
        due = self._clock.now() + fuzzed(lifetime if is_chosen else min(lifetime, _MAKESHIFT))
        value = [[hit.kind, hit.id, hit.score] for hit in found]
        await self._store.put_many(_TABLE, {key: Entry(value, due)})

    async def _hits(
        self, scope: Scope, query: Query, by: Query, size: int
    ) -> tuple[list[Hit], bool]:
        """Hits, and whether the chosen back end has found them."""
        if scope == "artist":
            return await self._artists(query, size)
        if scope == "album":
            return await self._albums(query, by, size)
        (artists, one), (albums, other) = await asyncio.gather(
            self._artists(query, size), self._albums(query, by, size)
        )
        return interleave(artists, albums), one and other

    async def _artists(self, query: Query, size: int) -> tuple[list[Hit], bool]:
        candidates, is_chosen = await first_that_can(
            self._backends.having(ArtistNameSearchMixin),
            lambda backend: backend.search_artists(query, size),
        )
        wanted = [artist for artist in candidates if artist.id not in SPECIAL_PURPOSE_ARTISTS]
        return await self._ranked(rank_artists, query, wanted, size), is_chosen

    async def _albums(self, query: Query, by: Query, size: int) -> tuple[list[Hit], bool]:
        candidates, is_chosen = await first_that_can(
            self._backends.having(AlbumNameSearchMixin),
            lambda backend: backend.search_albums(query, by, size),
        )
        return await self._ranked(rank_albums, query, by, candidates, size), is_chosen

    async def _ranked(self, rank: Callable[..., list[Hit]], *arguments: object) -> list[Hit]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._ranking, rank, *arguments)


async def artists(services: Services, text: str, limit: int) -> Results:
    """Artists by name. Raises `Unavailable`."""
    return await _found(services, "artist", text, "", limit)


async def albums(services: Services, text: str, artist: str, limit: int) -> Results:
    """Albums by title, of an artist if one is named. Raises `Unavailable`."""
    return await _found(services, "album", text, artist, limit)


async def everything(services: Services, text: str, limit: int) -> Results:
    """Artists and albums, at most `limit` of each, as one list. Raises `Unavailable`."""
    return await _found(services, "all", text, "", limit)


async def _found(services: Services, scope: Scope, text: str, artist: str, limit: int) -> Results:
    return await served(services, await services.searches.find(scope, text, artist, limit))


async def served(services: Services, hits: Sequence[FoundId]) -> Results:
    """The documents of hits, in their order; those that cannot be served are left out.

    Raises `Unavailable` if that is so for all of them, and not because they do not exist: nothing
    found is another answer.
    """
    read = services.answers.serial
    kinds = list(dict.fromkeys(hit.kind for hit in hits))
    many = await asyncio.gather(
        *(
            services.documents.get_many(kind, [hit.id for hit in hits if hit.kind == kind])
            for kind in kinds
        )
    )
    by_kind = dict(zip(kinds, many, strict=True))
    results: dict[tuple[Kind, str], Result] = {}  # merged since it was found, it may be there twice
    failure: Unavailable | None = None
    for hit in hits:
        answer = by_kind[hit.kind][hit.id]
        if isinstance(answer, MetadataError):
            log.info("event=hit_dropped kind=%s id=%s cause=%r", hit.kind, hit.id, str(answer))
            if isinstance(answer, Unavailable):
                failure = answer
            continue
        results.setdefault((hit.kind, answer.document["id"]), Result(answer, hit.score))
    if failure is not None and not results:
        raise Unavailable(str(failure), failure.retry_after)
    read = min([read, *(result.answer.read for result in results.values())])
    return Results(list(results.values()), failure is None, read)


def _key(scope: Scope, query: Query, by: Query, size: int) -> str:
    """What is the same question; a digest, since people paste whole letters into search boxes."""
    words = "\n".join((_EDITION, scope, str(size), query.spelling, by.spelling))
    return blake2b(words.encode(errors="replace"), digest_size=16).hexdigest()


def _read(value: Any) -> list[FoundId] | None:  # noqa: ANN401
    """Hits as they were kept; None if this is nothing of ours."""
    if not isinstance(value, list):
        return None
    hits = []
    for item in value:
        match item:
            case ["artist" | "album" as kind, str(mbid), int(score)]:
                hits.append(FoundId(kind, mbid, score))
            case _:
                return None
    return hits


def _at_most(hits: Iterable[FoundId], limit: int) -> list[FoundId]:
    left: dict[str, int] = {"artist": limit, "album": limit}
    kept = []
    for hit in hits:
        if left[hit.kind]:
            left[hit.kind] -= 1
            kept.append(hit)
    return kept
