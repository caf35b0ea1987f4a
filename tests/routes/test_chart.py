"""`/chart`: what a source names, as albums and artists of MusicBrainz, as Lidarr reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import asyncpg
import pytest

from lidarrmetadata.contract import violations
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.settings import load_config
from tests.catalogue.edge_cases import ADA, BEN, COMPILATION, INKWELL, TOGETHER, VARIOUS_ARTISTS
from tests.internet.apple import Apple
from tests.internet.billboard import Billboard
from tests.internet.lastfm import LastFm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

ALBUMS = [
    ("Ada Quill", "Inkwell (Deluxe Edition)"),
    ("Nobody at All", "No Such Album"),
    ("Ada Quill & Ben Rushlight", "Together"),
    ("ADA QUILL", "inkwell"),
    ("Various Artists", "Everyone on One Disc"),
]
ARTISTS = ["Miss Quill", "Nobody at All", "Various Artists", "ben rushlight"]
FOUND_ALBUMS = [INKWELL, TOGETHER, COMPILATION]
FOUND_ARTISTS = [ADA, BEN]
ALBUM_CHARTS = [
    "apple-music/album/top",
    "apple-music/album/new",
    "itunes/album/top",
    "itunes/album/new",
    "billboard/album/top",
    "lastfm/album/top",
]
ARTIST_CHARTS = ["billboard/artist/top", "lastfm/artist/top"]


@pytest.fixture
async def server(client_of: MakeClient, edge_catalogue: Database, internet: Internet) -> Client:
    internet.service(Apple).holds(ALBUMS)
    internet.service(Billboard).holds(ALBUMS, ARTISTS)
    lastfm = internet.service(LastFm)
    lastfm.holds_albums([(*album, "") for album in ALBUMS], tag="all")
    lastfm.holds_artists([(artist, "") for artist in ARTISTS])
    lastfm.holds_artists([("Ben Rushlight", "")], user="RJ")
    lastfm.holds_albums([("Ben Rushlight", "Live and Collected", "")], tag="live")
    return await client_of(DATABASE=edge_catalogue, **internet.settings())


async def chart(server: Client, path: str) -> list[Any]:
    response = await server.get(f"/chart/{path}")
    body = await response.get_data()
    assert response.status_code == 200, body
    assert not violations("chart", body, response.status_code)
    items: list[Any] = await response.get_json()
    return items


@pytest.mark.parametrize("path", ALBUM_CHARTS)
async def test_albums_are_those_that_are_found_each_once(server: Client, path: str) -> None:
    items = await chart(server, path)
    assert [item["AlbumId"] for item in items] == FOUND_ALBUMS
    assert items[0] == {
        "AlbumId": INKWELL,
        "AlbumTitle": "Inkwell",
        "ArtistId": ADA,
        "ArtistName": "Ada Quill",
        "ReleaseDate": "2003-07-09",
    }
    assert items[2]["ArtistId"] == VARIOUS_ARTISTS


@pytest.mark.parametrize("path", ARTIST_CHARTS)
async def test_artists_are_those_that_are_found_and_are_some(server: Client, path: str) -> None:
    items = await chart(server, path)
    assert [item["ArtistId"] for item in items] == FOUND_ARTISTS
    assert items[0] == {"ArtistId": ADA, "ArtistName": "Ada Quill"}


async def test_an_album_without_a_date_has_none(server: Client, internet: Internet) -> None:
    internet.service(Apple).holds([("Ada Quill", "Never", "2001-02-03")])
    assert [item["ReleaseDate"] for item in await chart(server, "itunes/album/top")] == [None]


async def test_a_chart_is_as_long_as_wanted_and_misses_do_not_count(server: Client) -> None:
    items = await chart(server, "itunes/album/top?count=2")
    assert [item["AlbumId"] for item in items] == FOUND_ALBUMS[:2]
    assert len(await chart(server, "itunes/album/top?count=100")) == 3


async def test_ten_are_served_if_nobody_says_how_many(server: Client, internet: Internet) -> None:
    titles = ["Unstated", "Half Stated", "Shapeless", "Bare", "Sometime", "Never", "Shuffled"]
    titles += ["Labelled", "Long and Unknown", "Whatever It Is", "With Friends", "Inkwell"]
    internet.service(Apple).holds([("Ada Quill", title) for title in titles])
    assert len(await chart(server, "itunes/album/top")) == 10
    assert len(await chart(server, "itunes/album/top?count=12")) == 12


async def test_a_user_or_a_tag_has_a_chart_of_its_own(server: Client) -> None:
    (artist,) = await chart(server, "lastfm/artist/top?user=rj")
    assert artist["ArtistId"] == BEN
    (album,) = await chart(server, "lastfm/album/top?tag=%20Live")
    assert (album["ArtistId"], album["AlbumTitle"]) == (BEN, "Live and Collected")
    assert await chart(server, "lastfm/album/top?user=nobody") == []


@pytest.mark.parametrize(
    "query",
    [
        "?format=html&callback=alert",
        "?count=",
        "?limit=0&count",
        "?user=%00&tag=%0D%0A",
        f"?user={'a' * 60_000}",
        "?=&&&",
    ],
)
async def test_what_a_chart_does_not_know_is_ignored(server: Client, query: str) -> None:
    assert len(await chart(server, f"itunes/album/top{query}")) == 3


@pytest.mark.parametrize(
    "count", ["0", "101", "-1", "100000", "ten", "1e1", "1.0", "%D9%A3", "%00"]
)
async def test_a_count_out_of_bounds_is_answered_with_the_bounds(
    server: Client, count: str
) -> None:
    response = await server.get(f"/chart/itunes/album/top?count={count}")
    assert response.status_code == 400
    error = (await response.get_json())["error"]
    assert error.startswith("count=")
    assert error.endswith("1 to 100")


@pytest.mark.parametrize("name", ["user", "tag"])
@pytest.mark.parametrize(
    "value",
    ["a" * 101, "%00", "a%0Ab", "a%0D%0AX-Injected:%20yes", "%7F", "a%C2%85b", "a%E2%80%A8b"],
)
async def test_a_name_that_is_none_is_answered_with_what_is_wrong(
    server: Client, internet: Internet, name: str, value: str
) -> None:
    response = await server.get(f"/chart/lastfm/artist/top?{name}={value}")
    assert response.status_code == 400
    assert (await response.get_json())["error"].startswith(f"{name}=")
    assert internet.lastfm.total == 0


@pytest.mark.parametrize("name", ["a" * 100, "海のコーラス", "r&b", "%", "a+b", "\U0001f3b5", "\\"])
async def test_any_name_may_be_asked_for(server: Client, internet: Internet, name: str) -> None:
    assert await chart(server, f"lastfm/artist/top?tag={quote(name)}") == []
    assert internet.lastfm.requests[0].query["tag"] == name


@pytest.mark.parametrize(
    "path",
    [
        "itunes/song/top",
        "itunes/artist/top",
        "billboard/album/new",
        "spotify/album/top",
        "lastfm/album/..",
        "%00/%00/%00",
        "itunes/album/%E6%B5%B7",
        f"itunes/album/{'a' * 8_000}",
    ],
)
async def test_a_chart_that_there_is_not_is_answered_with_those_there_are(
    server: Client, path: str
) -> None:
    response = await server.get(f"/chart/{path}")
    assert response.status_code == 404
    error = (await response.get_json())["error"]
    assert all(known in error for known in (*ALBUM_CHARTS, *ARTIST_CHARTS))


@pytest.mark.parametrize("path", ["", "/itunes", "/itunes/album", "/itunes/album/top/us"])
async def test_less_or_more_than_a_chart_is_404(server: Client, path: str) -> None:
    response = await server.get(f"/chart{path}")
    assert response.status_code == 404
    assert list(await response.get_json()) == ["error"]


async def test_lidarrs_prefix_capitals_and_slashes_lead_to_the_same(server: Client) -> None:
    plain = await server.get("/chart/itunes/album/top")
    for path in ("/api/v0.4/chart/itunes/album/top/", "/chart//iTunes/Album/Top"):
        other = await server.get(path)
        assert await other.get_data() == await plain.get_data()
        assert other.headers["ETag"] == plain.headers["ETag"]
    has_it = await server.get("/chart/itunes/album/top", **{"If-None-Match": plain.headers["ETag"]})
    assert has_it.status_code == 304


async def test_a_chart_whose_source_is_switched_off_is_an_empty_list(
    client_of: MakeClient, edge_catalogue: Database, internet: Internet
) -> None:
    off = internet.settings() | {"LASTFM_API_KEY": "", "BILLBOARD_URL": ""}
    off["PROVIDERS"] = ["musicbrainz_db", "lastfm", "billboard"]
    server = await client_of(DATABASE=edge_catalogue, **off)
    for path in (*ALBUM_CHARTS, *ARTIST_CHARTS):
        assert await chart(server, path) == []
    assert (await server.get("/chart/itunes/album/old")).status_code == 404
    assert internet.apple.total + internet.lastfm.total + internet.billboard.total == 0


# Real albums by one artist whose title no other of theirs begins like.
REAL_ALBUMS = """
SELECT release_group.gid::text AS gid, release_group.name, artist_credit.name AS artist
FROM musicbrainz.release_group JOIN musicbrainz.artist_credit
  ON artist_credit.id = release_group.artist_credit AND artist_credit.artist_count = 1
WHERE (SELECT count(*) FROM musicbrainz.release_group AS other
       WHERE other.artist_credit = release_group.artist_credit
         AND lower(left(other.name, 6)) = lower(left(release_group.name, 6))) = 1
ORDER BY release_group.gid LIMIT 50
"""


async def test_real_albums_are_found_in_their_order_and_no_others(
    client_of: MakeClient, dump_real: Database, internet: Internet, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(**dump_real)
    try:
        real = await connection.fetch(REAL_ALBUMS)
    finally:
        await connection.close()
    internet.service(Apple).holds([(row["artist"], row["name"]) for row in real])
    searching = {"SEARCH_BACKEND": "index", "SEARCH_INDEX_DIR": str(tmp_path)}
    settings = {"DATABASE": dump_real, **internet.settings(), **searching}
    await build_index(settings)
    server = await client_of(**settings)
    found = [item["AlbumId"] for item in await chart(server, "itunes/album/top?count=50")]
    wanted = [row["gid"] for row in real]
    assert [mbid for mbid in wanted if mbid in found] == found
    assert len(found) >= 0.95 * len(wanted)


async def build_index(settings: dict[str, Any]) -> None:
    config = load_config(environ={}, **settings)
    catalogue = MusicbrainzDbProvider(config, Tools.of_this_process(SystemClock()))
    await catalogue.open()
    try:
        await build(catalogue, IndexFolder.of(config), memory=config.SEARCH_INDEX_MEMORY)
    finally:
        await catalogue.close()
