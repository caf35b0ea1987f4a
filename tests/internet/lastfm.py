"""Last.fm's API, as far as charts go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.internet.service import Limit, Service, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.internet.service import World

API_KEY = "b25b959554ed76058ac220b7b2e0a026"
# By method: where its list is, what is in it, and the parameter that says whose it is.
_METHODS = {
    "chart.gettopartists": ("artists", "artist", ""),
    "tag.gettopartists": ("topartists", "artist", "tag"),
    "tag.gettopalbums": ("albums", "album", "tag"),
    "user.gettopartists": ("topartists", "artist", "user"),
    "user.gettopalbums": ("topalbums", "album", "user"),
}
_NOT_THERE, _NO_METHOD, _WRONG_KEY = 6, 3, 10


class LastFm(Service):
    """Holds the lists it has been given. Of users it knows those of a list, and of tags all."""

    name = "lastfm"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lists: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def settings(self, base: str) -> dict[str, str]:
        return {"LASTFM_URL": f"{base}/lastfm/2.0", "LASTFM_API_KEY": API_KEY}

    def holds_artists(
        self, artists: Iterable[tuple[str, str]], *, user: str = "", tag: str = ""
    ) -> None:
        """A list of artists as (name, id): of a user or a tag, else of everybody."""
        self._hold("artist", [{"name": name, "mbid": mbid} for name, mbid in artists], user, tag)

    def holds_albums(
        self, albums: Iterable[tuple[str, str, str]], *, user: str = "", tag: str = ""
    ) -> None:
        """A list of albums as (artist, title, id) of a user or a tag."""
        entries = [
            {"name": title, "mbid": mbid, "artist": {"name": artist, "mbid": "", "url": ""}}
            for artist, title, mbid in albums
        ]
        self._hold("album", entries, user, tag)

    def says(self, error: int, *, times: int | None = None) -> None:
        """Answer 200 with an error of its own, such as 29: asked too much."""
        self.answers(json.dumps({"error": error, "message": "No"}).encode(), times=times)

    def limit(self, request: web.Request) -> Limit | None:
        return Limit(per_minute=300)

    def answer(self, request: web.Request, path: str) -> web.Response:
        query = request.query
        if path.rstrip("/") != "/lastfm/2.0" or query.get("format") != "json":
            self.violates(request, "no such path, or no JSON asked for")
            return not_found()
        if query.get("api_key") != API_KEY:
            self.violates(request, "an unknown key")
            return _error(403, _WRONG_KEY, "Invalid API key - You must be granted a valid key")
        if query.get("method") not in _METHODS or not query.get("limit", "50").isdigit():
            self.violates(request, "no such method")
            return _error(400, _NO_METHOD, "Invalid Method - No method with that name")
        method = query["method"]
        place, kind, parameter = _METHODS[method]
        whose = query.get(parameter, "").casefold() if parameter else ""
        if parameter and not whose:
            self.violates(request, f"no {parameter}")
            return _error(400, _NOT_THERE, "Invalid parameters")
        if parameter == "user" and (method, whose) not in self._lists:
            return _error(404, _NOT_THERE, "User not found")
        found = self._lists.get((method, whose), [])[: int(query.get("limit", "50"))]
        entries = [
            {**entry, "url": "https://www.last.fm/", "image": [], "@attr": {"rank": str(rank)}}
            for rank, entry in enumerate(found, start=1)
        ]
        return web.json_response({place: {kind: entries, "@attr": {"page": "1"}}})

    def _hold(self, kind: str, entries: list[dict[str, Any]], user: str, tag: str) -> None:
        parameter, whose = ("user", user) if user else ("tag", tag) if tag else ("", "")
        (method,) = (
            name for name, (_, held, by) in _METHODS.items() if (held, by) == (kind, parameter)
        )
        self._lists[method, whose.casefold()] = entries


def _error(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"message": message, "error": code}, status=status)
