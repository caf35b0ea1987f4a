"""fanart.tv: v3 and v3.1 with `albums` as an object, v3.2 with a list."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.internet.service import Service, not_found

if TYPE_CHECKING:
    from tests.internet.facts import Images

API_KEY = "0123456789abcdef0123456789abcdef"
CLIENT_KEY = "fedcba9876543210fedcba9876543210"
_PATH = re.compile(r"/fanart/(v3|v3\.1|v3\.2)/music/(?:(albums)/)?([^/]+)")
_LATEST_SECONDS = 2 * 24 * 3600  # without a date


class Fanart(Service):
    """Images of artists and albums.

    `unknown_status` is how an unknown id is answered: 404, or 200 with the same body.
    """

    name = "fanart"

    unknown_status = 404

    def settings(self, base: str) -> dict[str, str]:
        return {"FANART_URL": f"{base}/fanart/v3.2", "FANART_API_KEY": API_KEY}

    def answer(self, request: web.Request, path: str) -> web.Response:
        if path.endswith("/"):
            self.violates(request, "a slash before the query")
            return not_found()
        match = _PATH.fullmatch(path)
        if match is None:
            self.violates(request, "no such path")
            return not_found()
        given = {self._key(request, "api"), self._key(request, "client")} - {""}
        if not given or not given <= {API_KEY, CLIENT_KEY}:
            self.violates(request, "no key that is known, neither api_key nor client_key")
            return _error(401, "Your API key is missing or not valid")
        version, albums, what = match.groups()
        if what == "latest" and not albums:
            return self._latest(request)
        images = self.facts.find_images("album" if albums else "artist", what.lower())
        if images is None:
            return _error(self.unknown_status, "Not found")
        return web.json_response(_document(images, bool(albums), version == "v3.2"))

    def _key(self, request: web.Request, kind: str) -> str:
        in_header = request.headers.get(f"{kind}-key", "")
        return request.query.get(f"{kind}_key", in_header)

    def _latest(self, request: web.Request) -> web.Response:
        date = request.query.get("date", "")
        if date and not date.isdecimal():
            self.violates(request, "date is not in whole seconds since 1970")
            return _error(400, "Invalid date")
        since = int(date) if date else time.time() - _LATEST_SECONDS
        updates = [
            {
                "id": update.mbid,
                "name": update.name,
                "new_images": str(update.new_images),
                "total_images": str(update.total_images),
            }
            for update in self.facts.updates
            if update.at >= since
        ]
        return web.json_response(updates)


def _document(images: Images, is_album: bool, as_list: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"name": images.name, "mbid_id": images.mbid}
    albums = {images.mbid: images.by_key} if is_album else images.albums
    if not is_album:
        document |= images.by_key
    if as_list and albums:
        document["albums"] = [{"release_group_id": mbid, **own} for mbid, own in albums.items()]
    elif albums:
        document["albums"] = albums
    return document


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"status": "error", "error message": message}, status=status)
