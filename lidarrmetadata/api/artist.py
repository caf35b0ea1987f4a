"""An artist with the list of their albums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.api import enrich
from lidarrmetadata.api.lookup import first_answer
from lidarrmetadata.api.outgoing import checked
from lidarrmetadata.contract import mend_artist
from lidarrmetadata.provider.mixins import ArtistByIdMixin

if TYPE_CHECKING:
    from lidarrmetadata.api.enrich import Asked
    from lidarrmetadata.api.lookup import Together
    from lidarrmetadata.documents import AlbumEntry, Artist
    from lidarrmetadata.services import Services

STUDIO = "Studio"  # Lidarr's word for "no secondary type"


@dataclass(frozen=True)
class AlbumFilter:
    """Which albums to list.

    None lets everything pass; names are compared as MusicBrainz writes them.
    """

    primary_types: frozenset[str] | None = None
    secondary_types: frozenset[str] | None = None
    release_statuses: frozenset[str] | None = None

    def passes(self, album: AlbumEntry) -> bool:
        """Whether one of the album's types or statuses is wanted, in each of the three respects."""
        return (
            (self.primary_types is None or album["Type"] in self.primary_types)
            and _any_of(album["SecondaryTypes"] or [STUDIO], self.secondary_types)
            and _any_of(album["ReleaseStatuses"], self.release_statuses)
        )


async def make(
    services: Services, mbid: str, *, anew: bool, together: Together | None = None
) -> Asked[Artist]:
    """The artist of a lower-case MBID, as the catalogue has it, while sources are being asked.

    `together` says which others are wanted at the same moment.

    Raises `NotFound`, `Unavailable`; and `ContractBroken` when the document is taken.
    """
    document = await first_answer(
        services.providers.having(ArtistByIdMixin),
        lambda provider, mbids: provider.artists(mbids, albums=True),
        mbid,
        "artist",
        together,
    )
    if together is not None:
        enrich.artists_ahead(services, together.take())
    return enrich.artist(services, document, anew=anew).through(fit)


def fit(document: Artist) -> Artist:
    """The artist as it may leave. Raises `ContractBroken`."""
    return checked(mend_artist(document))


def filtered(artist: Artist, wanted: AlbumFilter) -> Artist:
    """The artist with the wanted albums only."""
    return {**artist, "Albums": [album for album in artist["Albums"] if wanted.passes(album)]}


def _any_of(names: list[str], wanted: frozenset[str] | None) -> bool:
    return wanted is None or not wanted.isdisjoint(names)
