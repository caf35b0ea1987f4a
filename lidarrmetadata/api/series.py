"""The albums of a MusicBrainz series, as lists that Lidarr imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.api.outgoing import checked
from lidarrmetadata.contract import mend_list
from lidarrmetadata.errors import NotFound, ProviderUnavailable, Unavailable
from lidarrmetadata.provider.mixins import ListedMixin, SeriesMixin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.provider.mixins import Listed
    from lidarrmetadata.services import Services


@dataclass(frozen=True, slots=True)
class Listing:
    """Albums as Lidarr's lists have them. `read` is the serial of the answer cache before."""

    items: list[dict[str, Any]]
    read: int


async def get(services: Services, mbid: str) -> Listing:
    """The albums of a series, in its order.

    Raises `NotFound` if there is positively no such series, else `Unavailable`.
    """
    read = services.answers.serial
    mbids = await _albums(services, mbid)
    if not mbids:
        return Listing([], read)
    listed, _ = await first_that_can(
        services.providers.having(ListedMixin), lambda provider: provider.listed_albums(mbids)
    )
    items = [item(listed[album]) for album in mbids if album in listed]
    return Listing(checked(mend_list("series", items)), read)


def item(album: Listed) -> dict[str, Any]:
    """An album as Lidarr reads it in lists."""
    return {
        "AlbumId": album.album,
        "AlbumTitle": album.title,
        "ArtistId": album.artist,
        "ArtistName": album.artist_name,
        "ReleaseDate": album.released,
    }


async def _albums(services: Services, mbid: str) -> Sequence[str]:
    """The albums by the first source that knows the series."""
    failure: ProviderUnavailable | None = None
    providers = services.providers.having(SeriesMixin)
    for provider in providers:
        try:
            albums = await provider.series(mbid)
        except ProviderUnavailable as error:
            failure = failure or error
            continue
        if albums is not None:
            return albums
    if failure is not None:
        raise Unavailable(str(failure), failure.retry_after)
    if not providers:
        raise Unavailable("no source of series is switched on")
    raise NotFound(f"MusicBrainz has no series {mbid}")
