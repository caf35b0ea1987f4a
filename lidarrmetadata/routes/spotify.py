"""`/spotify`: what Spotify's ids stand for, and the log-in to it, for Lidarr's import lists."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from quart import Blueprint, Response, request

from lidarrmetadata.api import spotify as api
from lidarrmetadata.errors import BadRequest, TooMuch
from lidarrmetadata.routes.answers import briefly, uncached_json
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_list, parse_spotify_id
from lidarrmetadata.routes.paths import ASKED, PREFIX
from lidarrmetadata.routes.redirects import parse_return_address

if TYPE_CHECKING:
    from lidarrmetadata.documents import Kind

blueprint = Blueprint("spotify", __name__)

_SHARED_SECONDS = 300
_LONGEST_SECRET = 2048  # characters of a code or token; Spotify's have a few hundred
_HANDED_ON = ("access_token", "expires_in", "refresh_token")


@blueprint.post("/spotify/lookup")
async def lookup() -> Response:
    """What has been looked up so far of a JSON list of ids, as `{"spotifyid", "musicbrainzid"}`.

    "0" was looked up and is not there; null has to be asked for by itself.
    """
    body = cast("bytes", await request.get_data(as_text=False))
    # In a thread: ten thousand of them take a while.
    ids = await asyncio.to_thread(parse_list, body, parse_spotify_id, api.MOST, excess=TooMuch)
    return await uncached_json(await api.lookup(services(), ids))


@blueprint.get("/spotify/artist/<spotify_id>")
@blueprint.get("/spotify/artist/<path:spotify_id>")  # what has slashes is no id
async def artist(spotify_id: str) -> Response:
    """Leads to the artist."""
    return _moved("artist", await api.artist(services(), parse_spotify_id(spotify_id)))


@blueprint.get("/spotify/album/<spotify_id>")
@blueprint.get("/spotify/album/<path:spotify_id>")  # what has slashes is no id
async def album(spotify_id: str) -> Response:
    """Leads to the album."""
    return _moved("album", await api.album(services(), parse_spotify_id(spotify_id)))


@blueprint.get("/spotify/auth")
async def auth() -> Response:
    """Where Spotify sends who has logged in: leads on to their Lidarr, `state`, with the tokens."""
    back = parse_return_address(
        request.args.get("state", ""), services().config.SPOTIFY_REDIRECT_HOSTS
    )
    if "error" in request.args:
        raise BadRequest("Spotify says that access was not granted: log in again, and agree")
    tokens = await api.exchange(services(), _secret("code"), _own_address())
    handed_on = {key: tokens[key] for key in _HANDED_ON if key in tokens}  # type: ignore[literal-required]
    headers = {
        "Location": f"{back}?{urlencode(handed_on)}",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response("{}", status=302, headers=headers, content_type="application/json")


@blueprint.get("/spotify/renew")
async def renew() -> Response:
    """New tokens for a `refresh_token`, as Spotify gives them."""
    return await uncached_json(await api.renew(services(), _secret("refresh_token")))


def _moved(kind: Kind, mbid: str) -> Response:
    """To our own address, below the prefix the client has used."""
    location = f"{_scope(PREFIX)}/{kind}/{mbid}"
    headers = {"Location": location, "Cache-Control": briefly(_SHARED_SECONDS)}
    return Response("{}", status=301, headers=headers, content_type="application/json")


def _own_address() -> str:
    """Where Spotify has sent the user to: it wants to hear that once more."""
    config = services().config
    asked = _scope(ASKED)
    if config.PUBLIC_URL:
        return config.PUBLIC_URL + asked.removeprefix(config.APPLICATION_ROOT.rstrip("/"))
    return f"{request.scheme}://{request.host}{asked}"


def _scope(key: str) -> str:
    # Quart's type of the scope knows nothing of keys of ours.
    return cast("dict[str, str]", request.scope)[key]


def _secret(name: str) -> str:
    given = request.args.get(name, "")
    if not given.isascii() or not given.isprintable() or not 0 < len(given) <= _LONGEST_SECRET:
        raise BadRequest(f"{name} is missing, or none that Spotify has given")
    return given
