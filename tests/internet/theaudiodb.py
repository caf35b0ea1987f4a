"""TheAudioDB: v1 with the key in the path, v2 with the key in a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from tests.internet.service import Limit, Service, not_found

if TYPE_CHECKING:
    from tests.internet.derived import Kind

FREE_KEY = "123"
PREMIUM_KEY = "premium456"
_V1 = re.compile(r"/theaudiodb/v1/json/([^/]+)/(artist|album)-mb\.php")
_V2 = re.compile(r"/theaudiodb/v2/json/lookup/(artist|album)_mb/([^/]+)")


class TheAudioDb(Service):
    """Biographies and images. `123` is the free key, `premium456` works with v2 too."""

    name = "theaudiodb"

    def settings(self, base: str) -> dict[str, str]:
        return {"THEAUDIODB_URL": f"{base}/theaudiodb", "THEAUDIODB_API_KEY": FREE_KEY}

    def limit(self, request: web.Request) -> Limit | None:
        free = f"/v1/json/{FREE_KEY}/" in request.path
        return Limit(per_minute=30 if free else 100)

    def answer(self, request: web.Request, path: str) -> web.Response:
        if match := _V1.fullmatch(path):
            key, kind = match.groups()
            if key not in {FREE_KEY, PREMIUM_KEY}:
                self.violates(request, "an unknown key; 1 and 2 are dead")
                return not_found()  # a page for humans, as for any path that leads nowhere
            mbid = request.query.get("i", "")
        elif match := _V2.fullmatch(path):
            kind, mbid = match.groups()
            if request.headers.get("X-API-KEY") != PREMIUM_KEY:
                self.violates(request, "v2 needs a premium key in X-API-KEY")
                return web.json_response({"Message": "Invalid Premium API key"}, status=400)
        else:
            self.violates(request, "no such path")
            return not_found()
        if not mbid:
            self.violates(request, "no id")
        return self._lookup("artist" if kind == "artist" else "album", mbid.lower())

    def _lookup(self, kind: Kind, mbid: str) -> web.Response:
        record = self.facts.find_record(kind, mbid) if mbid else None
        envelope = "artists" if kind == "artist" else "album"
        return web.json_response({envelope: None if record is None else [record]})
