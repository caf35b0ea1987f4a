"""`/`: what this server is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint

from lidarrmetadata.api import about
from lidarrmetadata.routes.answers import uncached_json
from lidarrmetadata.routes.current import services

if TYPE_CHECKING:
    from quart import Response

blueprint = Blueprint("about", __name__)


@blueprint.get("/")
async def root() -> Response:
    """Version, schema and age of the data. Answers whatever state the catalogue is in."""
    return await uncached_json(await about.get(services()))
