"""Wikimedia Commons: the page that leads to a file, and the file."""

from __future__ import annotations

from hashlib import md5
from urllib.parse import quote, unquote

from aiohttp import web

from tests.internet.pictures import picture
from tests.internet.service import not_found
from tests.internet.wikimedia import Wikimedia

_FILE_PATH = "/commons/wiki/Special:FilePath/"
_UPLOADS = "/upload/wikipedia/commons/"


class Commons(Wikimedia):
    """Every file exists; `/commons` is commons.wikimedia.org, `/upload` upload.wikimedia.org."""

    name = "commons"
    prefixes = ("commons", "upload")

    def answer(self, request: web.Request, path: str) -> web.Response:
        decoded = unquote(path)
        if decoded.startswith(_FILE_PATH):
            location = f"/upload/wikipedia/commons/{hashed(decoded.removeprefix(_FILE_PATH))}"
            return web.Response(status=302, headers={"Location": quote(location)})
        place = decoded.removeprefix(_UPLOADS)
        if not decoded.startswith(_UPLOADS) or place != hashed(place.rpartition("/")[2]):
            self.violates(request, "no such path; files lie below two parts of their hash")
            return not_found()
        return picture(place)


def hashed(file: str) -> str:
    """`5/57/Some_File.jpg` for `Some File.jpg`: where the uploads keep it."""
    file = file.replace(" ", "_")
    digest = md5(file.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[0]}/{digest[:2]}/{file}"
