"""`/series`: the albums of a MusicBrainz series, for Lidarr's import lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint

from lidarrmetadata.api import series as api
from lidarrmetadata.routes.answers import listed_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_mbid

if TYPE_CHECKING:
    from quart import Response

blueprint = Blueprint("series", __name__)


@blueprint.get("/series/<mbid>")
async def series(mbid: str) -> Response:
    """The albums of a series, current or merged, in its order, each with its first artist."""
    listing = await api.get(services(), parse_mbid(mbid))
    return await listed_json(listing.items, listing.read)
