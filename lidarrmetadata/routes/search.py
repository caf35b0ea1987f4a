"""`/search` and what is below it: artists and albums by name, albums by their recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from quart import Blueprint, request

from lidarrmetadata.api import fingerprint as identification
from lidarrmetadata.api import search as api
from lidarrmetadata.errors import BadRequest
from lidarrmetadata.routes.answers import SEARCH_SECONDS, briefly, json_answer, searched_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_limit, parse_list, parse_mbid, parse_switch

if TYPE_CHECKING:
    from quart import Response

    from lidarrmetadata.api.search import Results

blueprint = Blueprint("search", __name__)

_LIMIT = 10


@blueprint.get("/search")
async def search() -> Response:
    """What `type` says: artists, albums, or `all` of both. The query goes by `query`."""
    kind = request.args.get("type", "")
    if kind not in _SEARCHES:
        raise BadRequest(f"type must be one of {', '.join(_SEARCHES)}")
    return await _SEARCHES[kind]()


@blueprint.get("/search/artist")
async def artist() -> Response:
    """Artists by name, best first, each as `/artist` serves it."""
    found = await api.artists(services(), _query(), _limit())
    return await searched_json(found, [result.answer.document for result in found.results])


@blueprint.get("/search/album")
async def album() -> Response:
    """Albums by title, and by `artist` if given, best first, each as `/album` serves it.

    `includeTracks=0` leaves the tracks out.
    """
    by = request.args.get("artist", "")
    found = await api.albums(services(), _query(), by, _limit())
    return await searched_json(found, _albums(found, parse_switch(request.args, "includeTracks")))


@blueprint.get("/search/all")
async def everything() -> Response:
    """Artists and albums as one list of `{"score", "artist", "album"}`, up to `limit` of each."""
    found = await api.everything(services(), _query(), _limit())
    return await searched_json(
        found,
        [
            {
                "score": result.score,
                "artist": result.answer.document if result.answer.kind == "artist" else None,
                "album": result.answer.document if result.answer.kind == "album" else None,
            }
            for result in found.results
        ],
    )


@blueprint.post("/search/fingerprint")
async def fingerprint() -> Response:
    """The albums that a JSON list of recordings (MBIDs) fits best, each as `/album` serves it."""
    body = cast("bytes", await request.get_data(as_text=False))
    recordings = parse_list(body, parse_mbid, identification.MOST_RECORDINGS)
    found = await identification.albums(services(), recordings)
    return await json_answer(_albums(found, with_tracks=True), briefly(SEARCH_SECONDS))


_SEARCHES = {"artist": artist, "album": album, "all": everything}


def _query() -> str:
    query = request.args.get("query")
    if query is None:
        raise BadRequest("query is missing: say what to search for, as in ?query=radiohead")
    return query


def _limit() -> int:
    return parse_limit(request.args.get("limit"), _LIMIT, api.MOST)


def _albums(found: Results, with_tracks: bool) -> list[Any]:
    albums = [result.answer.document for result in found.results]
    if with_tracks:
        return albums
    return [
        {**album, "Releases": [{**release, "Tracks": []} for release in album["Releases"]]}
        for album in albums
    ]
