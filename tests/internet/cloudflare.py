"""Cloudflare's API, as far as purging goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.internet.service import Service

if TYPE_CHECKING:
    from tests.internet.service import World

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "c2547eb745079dac9320b638f5e225cf483cc5cf"
MOST_FILES = 30
EVERYTHING = "*"
"""What stands in the ledgers for a purge of the whole zone."""
_BODY = web.RequestKey("body", bytes)
_FILES = web.RequestKey("files", list[str])
_PATH = f"/cloudflare/client/v4/zones/{ZONE}/purge_cache"


class Cloudflare(Service):
    """One zone. `purged` are the addresses it has said to have purged, one entry each time."""

    name = "cloudflare"
    methods = frozenset({"POST"})

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.purged: list[str] = []
        self.calls: list[list[str]] = []
        """The addresses of each call, whatever became of it."""
        self.not_ours: set[str] = set()
        """Addresses of other zones: a call that holds one is answered with 400."""

    def settings(self, base: str) -> dict[str, str]:
        # Without PUBLIC_URL they do nothing.
        return {
            "CLOUDFLARE_URL": f"{base}/cloudflare/client/v4",
            "CLOUDFLARE_ZONE_ID": ZONE,
            "CLOUDFLARE_API_TOKEN": TOKEN,
        }

    def forget(self) -> None:
        super().forget()
        self.purged = []
        self.calls = []

    def refuses(self, *, times: int | None = None) -> None:
        """Answer 200 with `success: false`."""
        refusal = _document(1000, "Unable to purge right now")
        self.answers(json.dumps(refusal).encode(), times=times)

    async def receive(self, request: web.Request, path: str) -> web.StreamResponse:
        request[_BODY] = await request.read()  # answering is free of waiting
        return await super().receive(request, path)

    async def spoiled(self, request: web.Request, right: web.Response) -> web.StreamResponse | None:
        given = await super().spoiled(request, right)
        if given is right and right.status == 200:
            self.purged += request[_FILES]
        return given

    def answer(self, request: web.Request, path: str) -> web.Response:
        if path != _PATH:
            self.violates(request, "no such path, or not our zone")
            return _error(403, 10000, "Authentication error")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.violates(request, "not our token")
            return _error(403, 10000, "Authentication error")
        try:
            body = json.loads(request[_BODY])
        except ValueError:
            self.violates(request, "the body is not JSON")
            return _error(400, 6007, "Malformed JSON in request body")
        if body == {"purge_everything": True}:
            self.calls.append([EVERYTHING])
            request[_FILES] = [EVERYTHING]
            return _purged()
        files = body.get("files") if isinstance(body, dict) else None
        if not isinstance(files, list) or not files:
            self.violates(request, "no files")
            return _error(400, 1014, '"files" must be an array')
        self.calls.append(files)
        if len(files) > MOST_FILES:
            self.violates(request, f"{len(files)} files, {MOST_FILES} are allowed")
            return _error(400, 1013, f"You may only purge {MOST_FILES} files at once")
        for file in files:
            if not _is_absolute(file):
                self.violates(request, f"{file!r} is not an absolute address")
                return _error(400, 1016, f"Unable to purge '{file}', not an absolute address")
            if file in self.not_ours:
                return _error(400, 1012, f"Unable to purge '{file}', not of this zone")
        request[_FILES] = files
        return _purged()


def _purged() -> web.Response:
    return web.json_response(
        {"success": True, "errors": [], "messages": [], "result": {"id": ZONE}}
    )


def _is_absolute(file: Any) -> bool:
    if not isinstance(file, str):
        return False
    parts = urlsplit(file)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _error(status: int, code: int, message: str) -> web.Response:
    return web.json_response(_document(code, message), status=status)


def _document(code: int, message: str) -> dict[str, Any]:
    errors = [{"code": code, "message": message}]
    return {"success": False, "errors": errors, "messages": [], "result": None}
