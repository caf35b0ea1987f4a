"""An album (MusicBrainz: release group) with all its releases and tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.api import enrich
from lidarrmetadata.api.lookup import first_answer
from lidarrmetadata.api.outgoing import checked
from lidarrmetadata.contract import mend_album
from lidarrmetadata.provider.mixins import AlbumByIdMixin

if TYPE_CHECKING:
    from lidarrmetadata.api.enrich import Asked
    from lidarrmetadata.api.lookup import Together
    from lidarrmetadata.documents import Album
    from lidarrmetadata.services import Services


async def make(
    services: Services, mbid: str, *, anew: bool, together: Together | None = None
) -> Asked[Album]:
    """The album of a lower-case MBID, as the catalogue has it, while sources are being asked.

    `together` says which others are wanted at the same moment.

    Raises `NotFound`, `Unavailable`; and `ContractBroken` when the document is taken.
    """
    document = await first_answer(
        services.providers.having(AlbumByIdMixin),
        lambda provider, mbids: provider.albums(mbids),
        mbid,
        "album",
        together,
    )
    if together is not None:
        enrich.albums_ahead(services, together.take())
    return enrich.album(services, document, anew=anew).through(fit)


def fit(document: Album) -> Album:
    """The album as it may leave. Raises `ContractBroken`."""
    return checked(mend_album(document))
