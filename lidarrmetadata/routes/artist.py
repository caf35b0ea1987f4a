"""`/artist/<mbid>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from lidarrmetadata.api import artist as api
from lidarrmetadata.routes.answers import json_answer
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
    return await json_answer(await api.get(services(), parse_mbid(mbid), wanted))
