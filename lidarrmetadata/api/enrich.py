"""Overviews, images and links for what the catalogue said, from every source at once.

No source can fail an answer or hold it up: when the time is over the answer goes out with what
there is, and what comes later is remembered for the next.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

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
    from collections.abc import Iterable, Iterator, Sequence

    from lidarrmetadata.documents import Album, Artist, Image, Link
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.services import Services

    Said = dict[str, dict[str, Record | None]]
    Answered = tuple[SourceMixin, Record | None]

# Seconds for looking at what is remembered, even if the catalogue has used up the whole budget: an
# answer that lacks what an earlier one had would make Lidarr forget it.
_LEAST = 0.1


def deadline(services: Services) -> float:
    """When an answer that is begun now has to go out, on the event loop's clock."""
    return asyncio.get_running_loop().time() + services.config.ANSWER_BUDGET


async def artist(services: Services, document: Artist, by: float) -> Artist:
    """The artist with everything the sources add until the deadline `by`."""
    return _artist(services, document, await _ask(services, [document], None, by))


async def album(services: Services, document: Album, by: float) -> Album:
    """The album, and its artists, with everything the sources add until the deadline `by`."""
    said = await _ask(services, document["artists"], document, by)
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


async def _ask(
    services: Services, artists: Sequence[Artist], album: Album | None, by: float
) -> Said:
    """What every source says about them, by source and key, as far as it came in time.

    An album and its artists are asked about together: one request where one will do.
    """
    look_ups = {}
    for source in services.providers.having(SourceMixin):
        keys: list[str | None] = []
        if isinstance(source, ArtistSourceMixin):
            keys += map(source.artist_key, artists)
        if album is not None and isinstance(source, AlbumSourceMixin):
            keys.append(source.album_key(album))
        look_ups[source.name] = services.records.look_up(source, filter(None, keys))
    with suppress(TimeoutError):
        async with asyncio.timeout_at(max(by, asyncio.get_running_loop().time() + _LEAST)):
            for look_up in look_ups.values():
                await look_up.done()
    return {name: look_up.records for name, look_up in look_ups.items()}


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
