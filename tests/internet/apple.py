"""The feed of the albums most played at Apple Music, for each country."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.internet.service import Service, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.internet.service import World

_FEED = re.compile(r"/apple/api/v2/([^/]+)/music/most-played/(\d+)/albums\.json")
_MOST = 50
MUSIC = {"genreId": "34", "name": "Music", "url": "https://itunes.apple.com/us/genre/id34"}


class Apple(Service):
    """Holds a chart for each country it has been given one for, and knows no other countries."""

    name = "apple"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._charts: dict[str, list[dict[str, Any]]] = {}

    def settings(self, base: str) -> dict[str, str]:
        return {"APPLE_MUSIC_URL": f"{base}/apple/api/v2"}

    def holds(self, albums: Iterable[tuple[str, ...]], country: str = "us") -> None:
        """Albums as (artist, title, date of release, genre); what is left out is not there."""
        self._charts[country] = [
            _entry(number, *album) for number, album in enumerate(albums, start=1)
        ]

    def answer(self, request: web.Request, path: str) -> web.Response:
        match = _FEED.fullmatch(path)
        if match is None:
            self.violates(request, "no such feed")
            return not_found()
        country, many = match[1], int(match[2])
        if many > _MOST:
            self.violates(request, f"the feed has no {many} albums")
            return web.Response(status=500, text="Internal Server Error")
        if country not in self._charts:
            return not_found()
        feed = {
            "title": "Top Albums",
            "id": str(request.url),
            "author": {"name": "Apple", "url": "https://www.apple.com/"},
            "country": country,
            "results": self._charts[country][:many],
        }
        return web.json_response({"feed": feed})


def _entry(
    number: int, artist: str, title: str, released: str = "", genre: str = ""
) -> dict[str, Any]:
    own = {"genreId": str(1000 + len(genre)), "name": genre, "url": "https://itunes.apple.com/"}
    entry = {
        "artistName": artist,
        "id": str(number),
        "name": title,
        "kind": "albums",
        "artworkUrl100": f"https://is1-ssl.mzstatic.com/image/thumb/{number}/100x100bb.jpg",
        "genres": [own, MUSIC] if genre else [MUSIC],
        "url": f"https://music.apple.com/us/album/{number}",
    }
    return {**entry, "releaseDate": released} if released else entry
