"""`/spotify`: redirects to our own addresses, lists of ids, and tokens that go home or nowhere."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from lidarrmetadata.contract import mend_list, violations
from lidarrmetadata.routes.current import SERVICES
from tests.api.test_faults import FAULTS
from tests.catalogue.edge_cases import ADA, INKWELL
from tests.changing import error_of
from tests.eventually import eventually
from tests.internet.spotify import Spotify
from tests.routes.test_redirects import HOSTILE
from tests.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from quart import Response

    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

LINKED = "0000000000000000000000"  # to Ada, in the catalogue
NAMED = "1AdaQuill0000000000000"
INKWELL_ID = "1Inkwell00000000000000"
UNKNOWN = "1Unknown00000000000000"
LIDARR = "http://192.168.1.5:8686/oauth.html"
PUBLIC_URL = "https://metadata.example.org"
ALLOWED = "https://lidarr.example.org/oauth.html"
PATIENCE = 0.4  # seconds for Spotify here; five by default
GRACE = 1.0  # seconds above that, on a machine that does other things as well


@pytest.fixture
def spotify(internet: Internet) -> Spotify:
    spotify = internet.service(Spotify)
    spotify.artist(NAMED, "Ada Quill")
    spotify.album(INKWELL_ID, "Inkwell", "Ada Quill")
    spotify.grants("a-code", f"{PUBLIC_URL}/spotify/auth")
    return spotify


@pytest.fixture
async def settings(edge_catalogue: Database, internet: Internet, spotify: Spotify) -> Any:
    return {
        **internet.settings(),
        "DATABASE": edge_catalogue,
        "PROVIDERS": ["musicbrainz_db", "spotify"],
        "PUBLIC_URL": PUBLIC_URL,
        "CLOUDFLARE_ZONE_ID": "",
        "SPOTIFY_TIMEOUT": PATIENCE,
        "SPOTIFY_REDIRECT_HOSTS": ["lidarr.example.org"],
    }


@pytest.fixture
async def server(client_of: MakeClient, settings: Any) -> Client:
    return await client_of(**settings)


async def moved(response: Response) -> str:
    assert response.status_code == 301, await response.get_data()
    assert response.content_type == "application/json"
    assert isinstance(await response.get_json(), dict)
    return response.headers["Location"]


async def looked_up(server: Client, body: Any) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await server.http.post("/spotify/lookup", data=data)


def auth(state: str, code: str = "a-code") -> str:
    return f"/spotify/auth?code={code}&state={quote(state, safe='')}"


async def test_an_id_leads_to_the_artist_or_album(server: Client) -> None:
    assert await moved(await server.get(f"/spotify/artist/{LINKED}")) == f"/artist/{ADA}"
    assert await moved(await server.get(f"/spotify/artist/{NAMED}")) == f"/artist/{ADA}"
    assert await moved(await server.get(f"/spotify/album/{INKWELL_ID}")) == f"/album/{INKWELL}"


async def test_where_it_leads_there_is_the_artist_or_album(server: Client) -> None:
    for path, mbid in ((f"artist/{NAMED}", ADA), (f"album/{INKWELL_ID}", INKWELL)):
        location = await moved(await server.get(f"/spotify/{path}"))
        document = await (await server.get(location)).get_json()
        assert document["id"] == mbid


async def test_the_real_catalogue_knows_real_ids_and_names(
    client_of: MakeClient, settings: Any, dump_real: Database, spotify: Spotify
) -> None:
    server = await client_of(**settings | {"DATABASE": dump_real, "SPOTIFY_TIMEOUT": 5.0})
    spotify.artist("0oSGxfWSnnOXhD2fKuz2Gy", "Hikaru Utada")
    spotify.album("6dVIqQ8qmQ5GBnJ9shOYGE", "OK Computer (Remastered)", "Radiohead")
    spotify.album("0ETFjACtuP2ADo6LFhL6HN", "Abbey Road - Deluxe Edition", "The Beatles")
    for path, location in {
        "artist/4Z8W4fKeB5YxbusRsdQVPb": "/artist/a74b1b7f-71a5-4011-9441-d0b5e4122711",
        "artist/3WrFJ7ztbogyGnTHbHJFl2": "/artist/b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
        "artist/4Sf00VCQOO7WNxjVzPSE4J": "/artist/070d193a-845c-479f-980e-bef15710653e",
        "artist/0oSGxfWSnnOXhD2fKuz2Gy": "/artist/b539e453-c4fe-47e3-8a07-8517eac74429",
        "album/6dVIqQ8qmQ5GBnJ9shOYGE": "/album/b1392450-e666-3926-a536-22c65f834433",
        "album/0ETFjACtuP2ADo6LFhL6HN": "/album/9162580e-5df4-32de-80cc-f45a8d8a9b1d",
    }.items():
        assert await moved(await server.get(f"/spotify/{path}")) == location, path


@pytest.mark.parametrize(
    ("root", "prefix"),
    [("/", "/api/v0.4"), ("/", ""), ("/music", "/music"), ("/music", "/music/api/v0.4")],
)
async def test_it_leads_below_the_prefix_the_client_has_used(
    client_of: MakeClient, settings: Any, root: str, prefix: str
) -> None:
    server = await client_of(**settings, APPLICATION_ROOT=root)
    location = await moved(await server.get(f"{prefix}/spotify/artist/{LINKED}/"))
    assert location == f"{prefix}/artist/{ADA}"
    assert (await server.get(location)).status_code == 200


async def test_what_nobody_knows_is_404_as_json(server: Client) -> None:
    for kind in ("artist", "album"):
        response = await server.get(f"/spotify/{kind}/{UNKNOWN}")
        assert response.status_code == 404
        assert UNKNOWN in (await response.get_json())["error"]


NO_IDS = {
    "slash": f"{NAMED[:10]}/{NAMED[10:]}",
    "slashes": "a/b/c/d",
    "encoded slash": f"{NAMED[:10]}%2F{NAMED[11:]}",
    "two levels up": "..%2F..%2Fartist",
    "NUL": f"{NAMED[:-1]}%00",
    "lone NUL": "%00",
    "300 characters": "a" * 300,
    "60 kB": "a" * 60_000,
    "21 characters": NAMED[:-1],
    "23 characters": NAMED + "0",
    "Cyrillic": quote("А" * 22),
    "full-width digits": quote("１" * 22),
    "Arabic digits": quote("٣" * 22),
    "umlaut": quote("ä" + NAMED[1:]),
    "emoji": quote("🎵" * 22),
    "dash": "-" * 22,
    "line break": f"{NAMED}%0A",
    "header": f"{NAMED}%0D%0AX-Injected:%20yes",
    "space": f"%20{NAMED[1:]}",
    "an MBID": ADA,
    "URI": f"spotify:artist:{NAMED}",
    "address": f"https:%2F%2Fopen.spotify.com%2Fartist%2F{NAMED}",
    "invalid UTF-8": "%FF" * 22,
    "markup": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
}


@pytest.mark.parametrize("name", NO_IDS)
async def test_what_is_no_id_is_said_to_be_none(server: Client, name: str) -> None:
    for kind in ("artist", "album"):
        response = await server.get(f"/spotify/{kind}/{NO_IDS[name]}")
        assert "Spotify id" in await error_of(response, 400)


async def test_a_list_is_answered_as_lidarr_reads_it(server: Client) -> None:
    await server.get(f"/spotify/artist/{NAMED}")
    await server.get(f"/spotify/album/{UNKNOWN}")

    async def both_are_remembered() -> bool:
        pairs = await (await looked_up(server, [UNKNOWN, NAMED])).get_json()
        return all(pair["musicbrainzid"] for pair in pairs)

    await eventually(both_are_remembered)
    response = await looked_up(server, [UNKNOWN, NAMED, INKWELL_ID, NAMED])
    assert await response.get_json() == [
        {"spotifyid": UNKNOWN, "musicbrainzid": "0"},
        {"spotifyid": NAMED, "musicbrainzid": ADA},
        {"spotifyid": INKWELL_ID, "musicbrainzid": None},
    ]
    assert not violations("spotify-lookup", await response.get_data(), response.status_code)
    pairs = await response.get_json()
    assert mend_list("spotify-lookup", pairs).document is pairs
    assert response.headers["Cache-Control"] == "no-store"


async def test_an_empty_list_is_answered_with_one(server: Client) -> None:
    response = await looked_up(server, [])
    assert (response.status_code, await response.get_json()) == (200, [])


@pytest.mark.parametrize("case", ["good", "duplicate", "int-zero", "null-spotifyid"])
def test_lidarr_s_own_cases_pass_through_the_contract(case: str) -> None:
    pairs = json.loads(shared_data(f"client-cases/spotify-map-{case}.json").read_bytes())
    mended = json.dumps(mend_list("spotify-map", pairs).document).encode()
    assert not violations("spotify-map", mended, 200)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b"null", b"7", b'"a text"', b'{"ids": []}'),
        *(b"[1]", b"[null]", b'[["nested"]]', b'["a/b"]', b'["\\u0000"]', b"[true]"),
        json.dumps([NAMED, "a" * 300]).encode(),
        json.dumps(["А" * 22]).encode(),
        json.dumps([f"{NAMED}\n"]).encode(),
    ],
)
async def test_a_body_that_is_no_list_of_ids_is_400(server: Client, body: bytes) -> None:
    assert await error_of(await looked_up(server, body), 400)


async def test_ten_thousand_ids_are_answered_and_one_more_is_too_much(server: Client) -> None:
    ids = [f"{number:022}" for number in range(10_001)]
    response = await looked_up(server, ids[:-1])
    assert [pair["spotifyid"] for pair in await response.get_json()] == ids[:-1]
    assert "10000" in await error_of(await looked_up(server, ids), 413)


async def test_a_body_of_more_than_a_mebibyte_is_too_much(server: Client) -> None:
    assert await error_of(await looked_up(server, b"[" + b" " * 1_100_000 + b"]"), 413)


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_is_wrong_with_spotify_every_route_answers_in_time_and_nothing_sticks(
    server: Client, spotify: Spotify, fault: str
) -> None:
    FAULTS[fault](spotify)
    async with pinged(server) as seconds:
        for path, status in (
            (f"/spotify/artist/{LINKED}", 301),
            (f"/spotify/artist/{NAMED}", 503),
            (f"/spotify/album/{INKWELL_ID}", 503),
            (auth(LIDARR), 503),
            ("/spotify/renew?refresh_token=refresh-me", 503),
        ):
            began = time.monotonic()
            response = await server.get(path)
            assert time.monotonic() - began < PATIENCE + GRACE
            assert response.status_code == status, path
            assert isinstance(await response.get_json(), dict)
            if status == 503:
                assert int(response.headers["Retry-After"]) > 0
        pairs = await (await looked_up(server, [NAMED, INKWELL_ID])).get_json()
        assert [pair["musicbrainzid"] for pair in pairs] == [None, None]
    assert max(seconds) < 0.25  # a few ms on a machine that does nothing else
    spotify.recovers()
    await spotify.quiet()


@asynccontextmanager
async def pinged(server: Client) -> AsyncIterator[list[float]]:
    """While `/` is asked for all along; the seconds that took, each time."""
    seconds: list[float] = []

    async def ping() -> None:
        began = time.monotonic()
        assert (await server.get("/")).status_code == 200
        seconds.append(time.monotonic() - began)

    async def keep_pinging() -> None:
        while True:
            await asyncio.sleep(0.01)
            await ping()

    await ping()
    pinging = asyncio.create_task(keep_pinging())
    try:
        yield seconds
    finally:
        pinging.cancel()
        with suppress(asyncio.CancelledError):
            await pinging


async def test_what_spotify_took_away_is_404(server: Client, spotify: Spotify) -> None:
    spotify.takes_away("artist", "album")
    assert (await server.get(f"/spotify/artist/{NAMED}")).status_code == 404
    assert (await server.get(f"/spotify/album/{INKWELL_ID}")).status_code == 404
    assert await moved(await server.get(f"/spotify/artist/{LINKED}")) == f"/artist/{ADA}"


async def test_who_has_logged_in_is_led_home_with_tokens(server: Client, spotify: Spotify) -> None:
    response = await server.get(auth(LIDARR))
    assert response.status_code == 302
    address = urlsplit(response.headers["Location"])
    assert address._replace(query="").geturl() == LIDARR
    assert parse_qs(address.query) == {
        "access_token": [spotify.tokens_given[-1]],
        "expires_in": ["3600"],
        "refresh_token": ["refresh-me"],
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("state", [LIDARR, "http://nas:8686/x/oauth.html", ALLOWED])
async def test_tokens_go_to_private_networks_and_allowed_hosts(server: Client, state: str) -> None:
    response = await server.get(auth(state))
    assert response.status_code == 302, await response.get_data()
    assert response.headers["Location"].startswith(f"{state}?access_token=token-")


# Of all that tests/routes/test_redirects.py has.
@pytest.mark.parametrize(
    "name",
    [
        *("public host", "public address", "address as one number", "public IPv6 address"),
        *("user info", "user info before a private host", "javascript", "data"),
        *("CR LF in the path", "CR LF behind", "LF behind", "encoded CR LF", "NUL"),
        *("query", "query that hides the path", "fragment", "fragment that hides the path"),
        *("backslash before the host", "backslash in the path", "another page", "60 kB", "empty"),
    ],
)
async def test_tokens_go_nowhere_else_and_the_code_is_not_even_exchanged(
    server: Client, spotify: Spotify, name: str
) -> None:
    response = await server.get(auth(HOSTILE[name]))
    assert re.search("state|SPOTIFY_REDIRECT_HOSTS", await error_of(response, 400))
    assert "Location" not in response.headers
    assert spotify.total == 0


@pytest.mark.parametrize(
    "query",
    [
        f"code=a-code&state=https://evil.example/oauth.html&state={LIDARR}",
        "code=a-code",
        f"state={LIDARR}",
        f"code=&state={LIDARR}",
        f"code=a%0D%0Ab&state={LIDARR}",
        f"code=%C3%A4&state={LIDARR}",
        f"code={'a' * 5000}&state={LIDARR}",
        f"error=access_denied&state={LIDARR}",
    ],
)
async def test_what_spotify_would_not_send_is_400(
    server: Client, spotify: Spotify, query: str
) -> None:
    assert await error_of(await server.get(f"/spotify/auth?{query}"), 400)
    assert spotify.total == 0


async def test_a_code_that_spotify_refuses_is_400(server: Client, spotify: Spotify) -> None:
    response = await server.get(auth(LIDARR, "invented"))
    assert f"{PUBLIC_URL}/spotify/auth" in await error_of(response, 400)
    assert spotify.tokens_given == []


@pytest.mark.parametrize(
    ("settings_of", "path", "own"),
    [
        ({}, "/spotify/auth", f"{PUBLIC_URL}/spotify/auth"),
        ({}, "/api/v0.4/spotify/auth", f"{PUBLIC_URL}/api/v0.4/spotify/auth"),
        (
            {"PUBLIC_URL": f"{PUBLIC_URL}/music", "APPLICATION_ROOT": "/music"},
            "/music/spotify/auth",
            f"{PUBLIC_URL}/music/spotify/auth",
        ),
        ({"PUBLIC_URL": ""}, "/spotify/auth", "http://localhost/spotify/auth"),
    ],
)
async def test_spotify_hears_the_address_that_it_has_sent_the_user_to(
    client_of: MakeClient, settings: Any, spotify: Spotify, settings_of: Any, path: str, own: str
) -> None:
    server = await client_of(**settings | settings_of)
    spotify.grants("another", own)
    response = await server.get(f"{path}?code=another&state={LIDARR}")
    assert response.status_code == 302, await response.get_data()


async def test_tokens_are_renewed(server: Client, spotify: Spotify) -> None:
    response = await server.get("/spotify/renew?refresh_token=refresh-me")
    assert await response.get_json() == {
        "access_token": spotify.tokens_given[-1],
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "refresh-me",
        "scope": "playlist-read-private",
    }
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("query", ["", "?refresh_token=", "?refresh_token=stolen", "?x=1"])
async def test_a_refresh_token_that_is_none_is_400(server: Client, query: str) -> None:
    assert await error_of(await server.get(f"/spotify/renew{query}"), 400)


async def test_without_a_key_nobody_can_log_in(client_of: MakeClient, settings: Any) -> None:
    server = await client_of(**settings | {"SPOTIFY_CLIENT_ID": ""})
    for path in (auth(LIDARR), "/spotify/renew?refresh_token=refresh-me"):
        assert "SPOTIFY_CLIENT_ID" in await error_of(await server.get(path), 503)


async def test_tokens_of_users_are_kept_nowhere(server: Client, spotify: Spotify) -> None:
    await server.get(auth(LIDARR))
    services = server.http.app.extensions[SERVICES]  # type: ignore[attr-defined]
    assert len(services.answers) == 0
    assert await services.store.get_many("spotify", spotify.tokens_given) == {}
