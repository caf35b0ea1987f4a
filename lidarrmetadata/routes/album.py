"""`/album/<mbid>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint

from lidarrmetadata.routes.answers import cached_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_mbid

if TYPE_CHECKING:
    from quart import Response

blueprint = Blueprint("album", __name__)


@blueprint.get("/album/<mbid>")
async def album(mbid: str) -> Response:
    """The album (release group) with every release and track. 404 only if MusicBrainz says so."""
    return await cached_json(await services().documents.get("album", parse_mbid(mbid)))
