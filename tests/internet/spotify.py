"""Spotify: its accounts service, which gives tokens, and its web API, which wants them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.internet.service import Limit, Service, not_found

if TYPE_CHECKING:
    from tests.internet.service import World

CLIENT_ID = "848082790c32436d8a0405fddca0aa18"
CLIENT_SECRET = "b8fad40cd94b4d1f9f1dc61e7a1b9a53"
ACCOUNTS = "spotify-accounts"
"""First segment of the paths of the accounts service: `fails_with(503, path=ACCOUNTS)`."""

_BODY = web.RequestKey("body", bytes)
_API = re.compile(r"/spotify/v1/(artist|album)s/([^/]+)(/[a-z-]+)?")
_ID = re.compile("[0-9A-Za-z]{22}")
_MOST_LISTED = 10
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Spotify(Service):
    """What a development-mode app sees of it since February 2026."""

    name = "spotify"
    prefixes = ("spotify", ACCOUNTS)
    methods = frozenset({"GET", "POST"})

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._artists: dict[str, str] = {}
        self._albums: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._taken_away: set[str] = set()
        self._codes: dict[str, str] = {}
        self._tokens: set[str] = set()
        self.tokens_given: list[str] = []
        """Every access token so far, of the app and of users."""
        self.refresh_tokens = {"refresh-me"}
        self.passes_refresh_tokens_on = True
        """Whether who renews gets a new refresh token as well."""

    def settings(self, base: str) -> dict[str, str]:
        return {
            "SPOTIFY_URL": f"{base}/spotify/v1",
            "SPOTIFY_ACCOUNTS_URL": f"{base}/{ACCOUNTS}",
            "SPOTIFY_CLIENT_ID": CLIENT_ID,
            "SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
        }

    def artist(self, spotify_id: str, name: str) -> None:
        """Register an artist."""
        self._artists[spotify_id] = name

    def album(self, spotify_id: str, title: str, *artists: str) -> None:
        """Register an album."""
        self._albums[spotify_id] = (title, artists)

    def takes_away(self, *kinds: str) -> None:
        """Answer 403 to who asks for an `artist`, or for an `album`."""
        self._taken_away.update(kinds)

    def gives_back(self) -> None:
        """Answer everything again."""
        self._taken_away.clear()

    def grants(self, code: str, redirect_uri: str) -> None:
        """A user has logged in, and is on the way to `redirect_uri` with `code`."""
        self._codes[code] = redirect_uri

    def withdraws_tokens(self) -> None:
        """Take none of the access tokens any more that were given so far."""
        self._tokens.clear()

    def limit(self, request: web.Request) -> Limit | None:
        return Limit(per_minute=180, retry_after=7)

    async def receive(self, request: web.Request, path: str) -> web.StreamResponse:
        request[_BODY] = await request.read()  # answering is free of waiting
        return await super().receive(request, path)

    def answer(self, request: web.Request, path: str) -> web.Response:
        if path == f"/{ACCOUNTS}/api/token" and request.method == "POST":
            return self._token(request)
        if path.startswith("/spotify/v1/") and request.method == "GET":
            return self._look_up(request, path)
        self.violates(request, "no such path")
        return not_found()

    def _token(self, request: web.Request) -> web.Response:
        secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {secret}":
            self.violates(request, "not the client's id and secret")
            return _oauth_error("invalid_client", "Invalid client")
        form = dict(parse_qsl(request[_BODY].decode()))
        match form.get("grant_type"):
            case "client_credentials":
                return self._given()
            case "authorization_code":
                code = form.get("code", "")
                if self._codes.get(code) != form.get("redirect_uri"):
                    return _oauth_error("invalid_grant", "Invalid authorization code")
                del self._codes[code]  # each holds once
                return self._given(refresh_token="refresh-me", scope="playlist-read-private")
            case "refresh_token":
                if form.get("refresh_token") not in self.refresh_tokens:
                    return _oauth_error("invalid_grant", "Invalid refresh token")
                further = {"refresh_token": "refresh-me"} if self.passes_refresh_tokens_on else {}
                return self._given(scope="playlist-read-private", **further)
            case other:
                self.violates(request, f"no such grant_type: {other}")
                return _oauth_error("unsupported_grant_type", "")

    def _given(self, **more: str) -> web.Response:
        token = f"token-{len(self.tokens_given) + 1}"
        self.tokens_given.append(token)
        self._tokens.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}
        return web.json_response(answer)

    def _look_up(self, request: web.Request, path: str) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            if token not in self.tokens_given:
                self.violates(request, "no token, or one that was never given")
            return _error(401, "The access token expired")
        if int(request.query.get("limit", "5")) > _MOST_LISTED:
            return _error(400, "Invalid limit")
        match = _API.fullmatch(path)
        if match is None or match[3] not in {None, "/albums"}:
            return _error(403, "Forbidden")  # several at once, top tracks, and other things gone
        kind, spotify_id = match[1], match[2]
        if kind in self._taken_away:
            return _error(403, "Active premium subscription required for the owner of the app.")
        if not _is_id(spotify_id):
            return _error(400, "Invalid base62 id")
        if kind == "artist" and spotify_id in self._artists:
            return web.json_response(_artist(spotify_id, self._artists[spotify_id]))
        if kind == "album" and spotify_id in self._albums:
            title, artists = self._albums[spotify_id]
            by = [_artist(f"{index:022}", name) for index, name in enumerate(artists)]
            album = {"id": spotify_id, "name": title, "artists": by, "type": "album"}
            return web.json_response(album)
        return _error(404, "Resource not found")


def _is_id(spotify_id: str) -> bool:
    """Whether this is a number of 128 bits in base 62."""
    if not _ID.fullmatch(spotify_id):
        return False
    number = 0
    for digit in spotify_id:
        number = number * 62 + _DIGITS.index(digit)
    return number < 1 << 128


def _artist(spotify_id: str, name: str) -> dict[str, Any]:
    return {"id": spotify_id, "name": name, "type": "artist"}


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"status": status, "message": message}}, status=status)


def _oauth_error(error: str, description: str) -> web.Response:
    answer = {"error": error, "error_description": description}
    return web.json_response(answer, status=400)
