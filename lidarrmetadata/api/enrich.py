"""Overviews, images and links for what the catalogue said, from every source at once.

No source can fail an answer or hold it up: when the time is over the answer goes out with what
there is, and what comes later is remembered for the next.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from lidarrmetadata.api.images import best_images
from lidarrmetadata.provider.mixins import (
    AlbumImagesMixin,
    AlbumOverviewMixin,
    AlbumSourceMixin,
    ArtistImagesMixin,
    ArtistLinksMixin,
    ArtistOverviewMixin,
    ArtistSourceMixin,
    SourceMixin,
)
from lidarrmetadata.provider.musicbrainz.words import link_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from lidarrmetadata.api.records import LookUp
    from lidarrmetadata.documents import Album, Artist, Image, Link
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.services import Services

    Said = dict[str, dict[str, Record | None]]
    Answered = tuple[SourceMixin, Record | None]

D = TypeVar("D")

# Seconds for looking at what is remembered, even if the catalogue has used up the whole budget: an
# answer that lacks what an earlier one had would make Lidarr forget it.
_LEAST = 0.1
# Artists of albums that are asked about at once: what sources allow in a moment.
_MOST_AHEAD = 30


class Asked(Generic[D]):
    """A document of the catalogue that every source is being asked about."""

    def __init__(self, look_ups: Mapping[str, LookUp], finish: Callable[[Said], D]) -> None:
        self._look_ups = look_ups
        self._finish = finish

    def document(self) -> D:
        """The document with everything the sources have said so far."""
        return self._finish({name: look_up.records for name, look_up in self._look_ups.items()})

    def through(self, check: Callable[[D], D]) -> Asked[D]:
        """The same, with `check` between the document and whoever takes it."""
        return Asked(self._look_ups, lambda said: check(self._finish(said)))

    @property
    def is_complete(self) -> bool:
        """Whether every source has said what there is, and none owes what is new by now."""
        return all(look_up.is_complete for look_up in self._look_ups.values())

    @property
    def is_told(self) -> bool:
        """Whether every source has said what it can: the document will not change any more."""
        return all(look_up.is_told for look_up in self._look_ups.values())

    async def answered(self, by: float) -> None:
        """Wait until something is known about everything, or until `by` on the loop's clock."""
        await _until(by, (look_up.done() for look_up in self._look_ups.values()))

    async def told(self, by: float) -> None:
        """Wait until the sources have said what they can, or until `by` on the loop's clock."""
        await _until(by, (look_up.told() for look_up in self._look_ups.values()))


def artists_ahead(services: Services, documents: Sequence[Artist]) -> None:
    """Begin to ask about all of these at once; who then asks about one of them joins that."""
    _ask(services, documents, (), anew=False)


def albums_ahead(services: Services, documents: Sequence[Album]) -> None:
    """The same for albums and their artists, unless those are so many that each would wait long."""
    artists = [artist for album in documents for artist in album["artists"]]
    if len(artists) <= _MOST_AHEAD:
        _ask(services, artists, documents, anew=False)


def artist(services: Services, document: Artist, *, anew: bool = False) -> Asked[Artist]:
    """Ask every source about an artist. With `anew` nothing remembered keeps them from it."""
    look_ups = _ask(services, [document], (), anew=anew)
    return Asked(look_ups, lambda said: _artist(services, document, said))


def album(services: Services, document: Album, *, anew: bool = False) -> Asked[Album]:
    """Ask every source about an album and its artists.

    With `anew` nothing remembered keeps them from it.
    """
    look_ups = _ask(services, document["artists"], [document], anew=anew)
    return Asked(look_ups, lambda said: _album(services, document, said))


async def _until(by: float, waits: Iterable[Awaitable[None]]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(max(by, asyncio.get_running_loop().time() + _LEAST)):
            for wait in waits:
                await wait


def _album(services: Services, document: Album, said: Said) -> Album:
    records = [
        (source, said[source.name].get(key))
        for source in services.providers.having(AlbumSourceMixin)
        if (key := source.album_key(document))
    ]
    return {
        **document,
        "overview": _overview(records, AlbumOverviewMixin) or document["overview"],
        "images": _images(services, records, AlbumImagesMixin, document["images"]),
        "artists": [_artist(services, artist, said) for artist in document["artists"]],
    }


def _artist(services: Services, document: Artist, said: Said) -> Artist:
    records = [
        (source, said[source.name].get(key))
        for source in services.providers.having(ArtistSourceMixin)
        if (key := source.artist_key(document))
    ]
    addresses = (record.get("links", ()) for record in _of(records, ArtistLinksMixin))
    return {
        **document,
        "overview": _overview(records, ArtistOverviewMixin) or document["overview"],
        "images": _images(services, records, ArtistImagesMixin, document["images"]),
        "links": _links(document["links"], chain.from_iterable(addresses)),
    }


def _ask(
    services: Services, artists: Sequence[Artist], albums: Sequence[Album], *, anew: bool
) -> dict[str, LookUp]:
    """Begin to ask every source about them; by source.

    Albums and their artists are asked about together: one request where one will do.
    """
    look_ups = {}
    for source in services.providers.having(SourceMixin):
        keys: list[str | None] = []
        if isinstance(source, ArtistSourceMixin):
            keys += map(source.artist_key, artists)
        if isinstance(source, AlbumSourceMixin):
            keys += map(source.album_key, albums)
        look_ups[source.name] = services.records.look_up(source, filter(None, keys), anew=anew)
    return look_ups


def _of(records: Sequence[Answered], capability: type) -> Iterator[Record]:
    """The records of sources that may be used for this, the preferred source first."""
    return (record for source, record in records if record and isinstance(source, capability))


def _overview(records: Sequence[Answered], capability: type) -> str:
    texts = (record.get("overview", "") for record in _of(records, capability))
    return next(filter(None, texts), "")


def _images(
    services: Services, records: Sequence[Answered], capability: type, others: Sequence[Image]
) -> list[Image]:
    addresses = (record.get("images", {}) for record in _of(records, capability))
    return best_images(addresses, others, services.config.IMAGE_CACHE_URL)


def _links(catalogue: Sequence[Link], more: Iterable[str]) -> list[Link]:
    """The catalogue's links, then those of other sources that lead somewhere else."""
    links = list(catalogue)
    there = {_place(link["target"]) for link in links}
    for url in more:
        if _place(url) not in there:
            there.add(_place(url))
            links.append({"target": url, "type": link_type(url)})
    return links


def _place(url: str) -> str:
    """An address less what makes no difference."""
    return url.lower().partition("//")[2].removeprefix("www.").rstrip("/") or url
