"""`/recent/artist` and `/recent/album`: what Lidarr had better look at again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from quart import Blueprint, request

from lidarrmetadata.api import recent as api
from lidarrmetadata.routes.answers import briefly, json_answer
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_time

if TYPE_CHECKING:
    from quart import Response

    from lidarrmetadata.documents import Kind

blueprint = Blueprint("recent", __name__)

_DEFAULT = timedelta(days=1)
_SHARED_SECONDS = 60


@blueprint.get("/recent/artist")
async def artist() -> Response:
    """Ids of artists that changed since `since`, seconds since 1970 or ISO; a day without it."""
    return await _recent("artist")


@blueprint.get("/recent/album")
async def album() -> Response:
    """Ids of albums that changed since `since`, seconds since 1970 or ISO; a day without it."""
    return await _recent("album")


async def _recent(kind: Kind) -> Response:
    asked = request.args.get("since")
    since = parse_time(asked, "since") if asked else services().clock.now() - _DEFAULT
    return await json_answer(await api.get(services(), kind, since), briefly(_SHARED_SECONDS))
