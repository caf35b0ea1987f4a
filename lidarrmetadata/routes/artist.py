"""`/artist/<mbid>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from lidarrmetadata.api import artist as api
from lidarrmetadata.routes.answers import cached_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_mbid, parse_names

if TYPE_CHECKING:
    from quart import Response

blueprint = Blueprint("artist", __name__)


@blueprint.get("/artist/<mbid>")
async def artist(mbid: str) -> Response:
    """The artist with their albums, of the types asked for. 404 only if MusicBrainz says so."""
    wanted = api.AlbumFilter(
        primary_types=parse_names(request.args.get("primTypes")),
        secondary_types=parse_names(request.args.get("secTypes")),
        release_statuses=parse_names(request.args.get("releaseStatuses")),
    )
    answer = await services().documents.get("artist", parse_mbid(mbid))
    if wanted == api.AlbumFilter():
        return await cached_json(answer)
    return await cached_json(answer, api.filtered(answer.document, wanted))
