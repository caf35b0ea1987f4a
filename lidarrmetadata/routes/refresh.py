"""`/artist/<mbid>/refresh`, `/album/<mbid>/refresh`, `/refresh` and `/invalidate`.

For operators, the crawler and its like: whoever may is settled in `admin.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from quart import Blueprint, request

from lidarrmetadata.api import changes
from lidarrmetadata.documents import KINDS
from lidarrmetadata.routes.admin import authorise
from lidarrmetadata.routes.answers import uncached_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_list, parse_mbid, parse_time

if TYPE_CHECKING:
    from quart import Response

    from lidarrmetadata.documents import Kind

blueprint = Blueprint("refresh", __name__)
blueprint.before_request(authorise)

_MOST_IDS = 10_000


@blueprint.post("/artist/<mbid>/refresh")
async def artist(mbid: str) -> Response:
    """Look an artist up anew, everywhere: `{"id", "changed"}`."""
    return await _refreshed("artist", mbid)


@blueprint.post("/album/<mbid>/refresh")
async def album(mbid: str) -> Response:
    """Look an album up anew, everywhere: `{"id", "changed"}`."""
    return await _refreshed("album", mbid)


@blueprint.post("/refresh")
async def many() -> Response:
    """Have a JSON list of artists and albums made anew before they are served again.

    Answers how many of them there were: `{"asked", "artists", "albums"}`.
    """
    body = cast("bytes", await request.get_data(as_text=False))
    mbids = parse_list(body, parse_mbid, _MOST_IDS)
    known = [len(await services().documents.expire(kind, mbids)) for kind in KINDS]
    return await uncached_json({"asked": len(mbids), "artists": known[0], "albums": known[1]})


@blueprint.route("/invalidate", methods=["GET", "POST"])
async def invalidate() -> Response:
    """Find what changed in the catalogue since the last time, and have it made anew.

    `?since=` looks further back. Answers how much: `{"since", "artists", "albums", "everything"}`.
    """
    since = request.args.get("since")
    found = await changes.find(services(), parse_time(since, "since") if since else None)
    return await uncached_json(
        {
            "since": found.since.isoformat(),
            "artists": found.artists,
            "albums": found.albums,
            "everything": found.everything,
        }
    )


async def _refreshed(kind: Kind, mbid: str) -> Response:
    answer, changed = await services().documents.refresh(kind, parse_mbid(mbid))
    return await uncached_json({"id": answer.document["id"], "changed": changed})
