"""An album (MusicBrainz: release group) with all its releases and tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.api import enrich
from lidarrmetadata.api.lookup import first_answer
from lidarrmetadata.api.outgoing import checked
from lidarrmetadata.contract import mend_album
from lidarrmetadata.provider.mixins import AlbumByIdMixin

if TYPE_CHECKING:
    from lidarrmetadata.documents import Album
    from lidarrmetadata.services import Services


async def get(services: Services, mbid: str) -> Album:
    """The album of a lower-case MBID. Raises `NotFound`, `Unavailable`, `ContractBroken`."""
    by = enrich.deadline(services)
    document = await first_answer(
        services.providers.having(AlbumByIdMixin),
        lambda provider: provider.albums([mbid]),
        mbid,
        "album",
    )
    return checked(mend_album(await enrich.album(services, document, by)))
