"""Charts: positions that a source names, as albums and artists of MusicBrainz, kept for a day."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from lidarrmetadata.api import resolve
from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.cache.entry import Entry, fuzzed
from lidarrmetadata.contract import mend_list
from lidarrmetadata.errors import NotFound, ProviderUnavailable, Unavailable
from lidarrmetadata.provider.mixins import ChartMixin, ListedMixin
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.provider.registry import AVAILABLE
from lidarrmetadata.resilience.singleflight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from lidarrmetadata.provider.mixins import ChartPosition, Listed
    from lidarrmetadata.resilience.singleflight import Tell
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

T = TypeVar("T")

Item = dict[str, str | None]
"""`ArtistId` and `ArtistName`, and of an album `AlbumId`, `AlbumTitle` and `ReleaseDate`."""

MOST = 100
"""Items of a chart."""

# So many items are wanted at a time, so that lists of nearly the same length share what is kept;
# and since some of a chart is never found, twice as many positions are looked at.
_SIZES = (25, 50, MOST)
_SPARE = 2
_ALIKE = 0.8  # how alike names have to be, from 0 to 1
_TABLE = "chart"
_EDITION = "1"  # of how charts are kept; what another one kept is not found
_SHARED_SECONDS = 3600  # that shared caches may keep a chart
_MAKESHIFT_SECONDS = 300  # that a chart counts for which the source has not been heard on
_PATIENCE = 60.0  # seconds to wait if there is nothing else; Lidarr gives up after 100
_MOST_FAILED = 1000  # charts whose last failure is remembered


@dataclass(frozen=True, slots=True)
class Chart:
    """Items, the first position first, and the seconds that shared caches may keep them."""

    items: list[Item]
    seconds: int


class ChartBook:
    """Charts by what was asked for: kept, else asked for once, however many ask at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._flights: SingleFlight[str, list[Item]] = SingleFlight()
        self._failed: dict[str, float] = {}
        """When, by the monotonic clock, a chart is asked for again whose source has failed."""

    async def close(self) -> None:
        """Give up what is still under way."""
        await self._flights.close()

    def wishes(self, path: str) -> tuple[str, ...]:
        """By what names more can be asked of a chart than how long it is.

        Raises `NotFound`, with those there are, if there is no such chart.
        """
        kinds = [type(source) for source in self._services.providers.having(ChartMixin)]
        kinds += [kind for kind in AVAILABLE.values() if issubclass(kind, ChartMixin)]
        for kind in kinds:
            if path in kind.charts:
                return kind.wishes
        known = sorted({name for kind in kinds for name in kind.charts})
        raise NotFound(f"there is no such chart, only {', '.join(known)}")

    async def get(self, path: str, count: int, wish: Mapping[str, str]) -> Chart:
        """The first `count` items of a chart, `MOST` at most. What is not found is left out.

        When its source fails, what was kept is served, however old; if there is none, nothing.
        """
        size = next(size for size in _SIZES if count <= size)
        key = self._key(path, size, wish)
        entry = (await self._services.store.get_many(_TABLE, [key])).get(key)
        kept = None if entry is None else _read(entry.value)
        if kept is not None and entry is not None and entry.is_fresh(self._services.clock.now()):
            return _chart(kept, count, _SHARED_SECONDS)
        if not self._is_left_alone(key):
            patience = _PATIENCE if kept is None else self._services.config.ANSWER_BUDGET
            flight = self._flights.join(key, lambda tell: self._fly(key, path, size, wish, tell))
            try:
                async with asyncio.timeout(patience):
                    return _chart(await flight, count, _SHARED_SECONDS)
            except (Unavailable, TimeoutError) as error:
                log.warning(
                    "event=chart_unavailable chart=%s served=%s cause=%r",
                    path,
                    "nothing" if kept is None else "kept",
                    str(error) or f"it takes longer than {patience:g} seconds",
                )
        return _chart(kept or [], count, _MAKESHIFT_SECONDS)

    def _key(self, path: str, size: int, wish: Mapping[str, str]) -> str:
        """What is the same chart: of the same settings, and wishes in any case."""
        config = self._services.config
        settings = (config.CHART_COUNTRY, config.CHART_GENRE.strip().casefold())
        words = (f"{name}={value.casefold()}" for name, value in sorted(wish.items()))
        text = "\n".join((_EDITION, path, str(size), *settings, *words))
        return blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()

    def _is_left_alone(self, key: str) -> bool:
        return self._services.clock.monotonic() < self._failed.get(key, 0.0)

    async def _fly(
        self, key: str, path: str, size: int, wish: Mapping[str, str], tell: Tell[list[Item]]
    ) -> None:
        try:
            items = await self._items(path, size, wish)
        except Unavailable:
            if len(self._failed) >= _MOST_FAILED:
                self._failed.clear()
            self._failed[key] = self._services.clock.monotonic() + _MAKESHIFT_SECONDS
            raise
        tell(items)
        self._failed.pop(key, None)
        lifetime = self._services.config.CACHE_TTL["chart"]
        due = self._services.clock.now() + fuzzed(lifetime)
        await self._services.store.put_many(_TABLE, {key: Entry(items, due)})

    async def _items(self, path: str, size: int, wish: Mapping[str, str]) -> list[Item]:
        """The chart as it is now. Raises `Unavailable`, also rather than be empty."""
        sources = [s for s in self._services.providers.having(ChartMixin) if path in s.charts]
        if not sources:
            raise ProviderUnavailable("its source is switched off: PROVIDERS or a key lacks it")
        positions, _ = await first_that_can(
            sources, lambda source: source.chart(path, size * _SPARE, wish)
        )
        if "/album/" in path:
            items = list(map(_album_item, await self._albums(positions)))
        else:
            items = list(map(_artist_item, await self._artists(positions)))
        if not items:
            raise ProviderUnavailable(
                f"nothing is found of the {len(positions)} positions that its source names"
            )
        return items[:size]

    async def _albums(self, positions: Sequence[ChartPosition]) -> list[Listed]:
        ids = {one.album_id for one in positions if one.album_id}
        by_id = await self._listed(ids, lambda catalogue, mbids: catalogue.listed_albums(mbids))

        def named(one: ChartPosition) -> Listed | None:
            """The album of the id, if that is what the id is of."""
            album = by_id.get(one.album_id)
            if album is None or not resolve.are_alike(one.artist, album.artist_name, _ALIKE):
                return None
            return album if resolve.are_alike(one.title, album.title, _ALIKE) else None

        found = await asyncio.to_thread(lambda: list(map(named, positions)))
        wanted = [
            (one.artist, one.title)
            for one, album in zip(positions, found, strict=True)
            if album is None
        ]
        others = iter(await resolve.albums(self._services, wanted, _ALIKE))
        albums = [album or next(others) for album in found]
        return list({album.album: album for album in albums if album}.values())

    async def _artists(self, positions: Sequence[ChartPosition]) -> list[tuple[str, str]]:
        ids = {one.artist_id for one in positions if one.artist_id} - SPECIAL_PURPOSE_ARTISTS
        by_id = await self._listed(ids, lambda catalogue, mbids: catalogue.listed_artists(mbids))

        def named(one: ChartPosition) -> tuple[str, str] | None:
            """The artist of the id, if that is whom the id is of."""
            artist = by_id.get(one.artist_id)
            is_theirs = artist is not None and resolve.are_alike(one.artist, artist[1], _ALIKE)
            return artist if is_theirs else None

        found = await asyncio.to_thread(lambda: list(map(named, positions)))
        wanted = [
            one.artist for one, artist in zip(positions, found, strict=True) if artist is None
        ]
        others = iter(await resolve.artists(self._services, wanted, _ALIKE))
        artists = [artist or next(others) for artist in found]
        return list({artist[0]: artist for artist in artists if artist}.values())

    async def _listed(
        self,
        mbids: Iterable[str],
        ask: Callable[[ListedMixin, list[str]], Awaitable[dict[str, T]]],
    ) -> dict[str, T]:
        """What those of the ids stand for that stand for anything; none if that cannot be told."""
        if not (wanted := sorted(mbids)):
            return {}
        catalogues = self._services.providers.having(ListedMixin)
        try:
            listed, _ = await first_that_can(catalogues, lambda one: ask(one, wanted))
        except Unavailable:
            return {}
        return listed


def _chart(items: list[Item], count: int, seconds: int) -> Chart:
    return Chart(mend_list("chart", items[:count]).document, seconds)


def _album_item(album: Listed) -> Item:
    return {
        "AlbumId": album.album,
        "AlbumTitle": album.title,
        "ArtistId": album.artist,
        "ArtistName": album.artist_name,
        "ReleaseDate": album.released,
    }


def _artist_item(artist: tuple[str, str]) -> Item:
    mbid, name = artist
    return {"ArtistId": mbid, "ArtistName": name}


def _read(value: Any) -> list[Item] | None:  # noqa: ANN401
    """Items as they were kept; None if this is nothing of ours."""
    if not isinstance(value, list):
        return None
    for item in value:
        match item:
            case {"ArtistId": str(), "ArtistName": str()}:
                continue
            case _:
                return None
    return value or None
