"""`/search`: whole documents, best first, as Lidarr reads them; and nothing but 200 and 400."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from lidarrmetadata.contract import violations
from lidarrmetadata.errors import ProviderUnavailable
from tests.api.watched import WATCHED, catalogue_of, settled
from tests.api.watched import home as home
from tests.catalogue.edge_cases import (
    ADA,
    BEN,
    COMPILATION,
    FIRST_DRAFT_RECORDING,
    FIRST_DRAFT_RECORDING_MERGED,
    INKWELL,
    SHUFFLED,
    TOGETHER,
    VARIOUS_ARTISTS,
)

if TYPE_CHECKING:
    from quart import Response

    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

NO_SUCH = "00000000-0000-4000-8000-000000000000"
ROUTES = ["/search/artist?", "/search/album?", "/search/all?", "/search?type=artist&"]


@pytest.fixture
async def server(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue)


async def found(server: Client, path: str) -> list[Any]:
    response = await server.get(path)
    assert response.status_code == 200, await response.get_data()
    hits: list[Any] = await response.get_json()
    return hits


async def asked_by_sound(server: Client, body: object) -> Response:
    if isinstance(body, bytes):
        return await server.http.post("/search/fingerprint", data=body)
    return await server.http.post("/search/fingerprint", json=body)


@pytest.mark.parametrize("path", ["/search/artist?", "/search?type=artist&"])
async def test_an_artist_that_is_found_is_what_artist_serves(server: Client, path: str) -> None:
    hits = await found(server, f"{path}query=ada%20quill")
    assert hits[0] == await server.artist(ADA)


@pytest.mark.parametrize(
    "path", ["/search/album?", "/search?type=album&", "/api/v0.4/search?type=album&"]
)
async def test_an_album_that_is_found_is_what_album_serves(server: Client, path: str) -> None:
    hits = await found(server, f"{path}query=inkwell")
    assert hits[0] == await server.album(INKWELL)


async def test_the_artist_of_an_album_can_be_named(server: Client) -> None:
    for artist in ("Ada Quill", "", "various artists"):
        hits = await found(server, f"/search/album?query=inkwell&artist={quote(artist)}")
        assert hits[0]["id"] == INKWELL, artist
    assert await found(server, "/search/album?query=inkwell&artist=ben%20rushlight") == []


async def test_tracks_come_unless_they_are_not_wanted(server: Client) -> None:
    for wish in ("", "&includeTracks=1", "&includeTracks=true"):
        (hit, *_) = await found(server, f"/search/album?query=inkwell{wish}")
        assert all(release["Tracks"] for release in hit["Releases"])
    for wish in ("&includeTracks=0", "&includeTracks=false"):
        (hit, *_) = await found(server, f"/search/album?query=inkwell{wish}")
        assert [release["Tracks"] for release in hit["Releases"]] == [[] for _ in hit["Releases"]]


@pytest.mark.parametrize("path", ["/search/all?", "/search?type=all&"])
async def test_a_search_for_all_has_artists_and_albums_with_a_score(
    server: Client, path: str
) -> None:
    hits = await found(server, f"{path}query=ada%20quill%20inkwell")
    assert [set(hit) for hit in hits] == [{"score", "artist", "album"}] * len(hits)
    assert (hits[0]["artist"]["id"], hits[0]["album"]) == (ADA, None)
    assert (hits[1]["artist"], hits[1]["album"]["id"]) == (None, INKWELL)
    scores = [hit["score"] for hit in hits]
    assert all(type(score) is int and 1 <= score <= 100 for score in scores)


@pytest.mark.parametrize(
    ("kind", "query"),
    [("artist", "ada quill"), ("album", "together"), ("all", "ada quill"), ("all", "ben together")],
)
async def test_lidarr_takes_every_answer(server: Client, kind: Any, query: str) -> None:
    response = await server.get(f"/search?type={kind}&query={quote(query)}")
    body = await response.get_data()
    assert len(await response.get_json()) > 0
    assert not violations(f"search-{kind}", body, response.status_code)  # type: ignore[arg-type]


async def test_special_purpose_artists_are_never_hits(server: Client) -> None:
    for kind in ("artist", "all"):
        hits = await found(server, f"/search?type={kind}&query=various%20artists")
        artists = [hit if kind == "artist" else hit["artist"] for hit in hits]
        assert VARIOUS_ARTISTS not in [artist["id"] for artist in artists if artist]
    hits = await found(server, "/search/album?query=everyone%20on%20one%20disc")
    assert hits[0]["id"] == COMPILATION  # but their albums are


async def test_a_list_is_as_long_as_wanted(server: Client) -> None:
    assert len(await found(server, "/search/album?query=ada%20quill&limit=3")) <= 3
    assert len(await found(server, "/search/artist?query=quill&limit=1")) == 1


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "query",
    ["zzxqzzxq", "", "%20%20", "%00", "%00%00ada%00", "%ED%A0%80", "%ff%fe", "(", "!!!!!!!", "%25"],
)
async def test_what_nobody_is_called_finds_an_empty_list(
    server: Client, route: str, query: str
) -> None:
    hits = await found(server, f"{route}query={query}")
    assert hits == [] or "ada" in query


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/search?query=ada", "type"),
        ("/search?type=track&query=ada", "type"),
        ("/search?type=artist", "query"),
        ("/search/artist", "query"),
        ("/search/artist?query=ada&limit=0", "limit"),
        ("/search/artist?query=ada&limit=101", "limit"),
        ("/search/artist?query=ada&limit=ten", "limit"),
        ("/search/artist?query=ada&limit=1e1", "limit"),
        ("/search/artist?query=ada&limit=-5", "limit"),
        ("/search/artist?query=ada&limit=%D9%A3", "limit"),
        ("/search/album?query=ada&includeTracks=maybe", "includeTracks"),
    ],
)
async def test_what_cannot_be_meant_is_answered_with_what_is_wrong(
    server: Client, path: str, word: str
) -> None:
    response = await server.get(path)
    assert response.status_code == 400
    assert word in (await response.get_json())["error"]


@pytest.mark.parametrize("recording", [FIRST_DRAFT_RECORDING, FIRST_DRAFT_RECORDING_MERGED])
async def test_recordings_find_the_album_they_are_on(server: Client, recording: str) -> None:
    response = await asked_by_sound(server, [recording, NO_SUCH])
    body = await response.get_data()
    assert not violations("fingerprint", body, response.status_code)
    assert (await response.get_json())[0] == await server.album(INKWELL)


async def test_no_recordings_or_unknown_ones_find_nothing(server: Client) -> None:
    for body in ([], [NO_SUCH]):
        response = await asked_by_sound(server, body)
        assert (response.status_code, await response.get_json()) == (200, [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"null", "list"),
        ({"recordings": []}, "list"),
        ("a text", "list"),
        ([1], "list"),
        ([None], "list"),
        ([["nested"]], "list"),
        (["no id"], "MusicBrainz id"),
        ([NO_SUCH, NO_SUCH[:-1]], "MusicBrainz id"),
        ([NO_SUCH] * 1001, "1000"),
    ],
)
async def test_a_body_that_is_no_list_of_ids_is_answered_with_what_is_wrong(
    server: Client, body: object, word: str
) -> None:
    response = await asked_by_sound(server, body)
    assert response.status_code == 400
    assert word in (await response.get_json())["error"]


async def test_a_hit_shows_at_once_what_a_refresh_has_changed(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings())
    path = "/search/all?query=ada%20quill"
    assert (await found(server, path))[0]["artist"]["artistname"] == "Ada Quill"
    await settled(server)
    await home.rename("artist", ADA, "Ada Feather")
    await server.http.post(f"/artist/{ADA}/refresh", scope_base={"client": ("127.0.0.1", 4000)})
    hits = await found(server, path)  # found as before, though that is no longer the name
    assert hits[0]["artist"]["artistname"] == "Ada Feather"


async def test_the_same_search_is_answered_from_memory_until_something_in_it_changes(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings(), PROVIDERS=[WATCHED])
    path = "/search/artist?query=ada%20quill"
    first = await server.get(path)
    await settled(server)
    await server.get(path)  # the documents have come to rest
    catalogue_of(server).asked.clear()
    again = await server.get(path)
    assert await again.get_data() == await first.get_data()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert catalogue_of(server).asked == []


async def test_a_hit_that_is_gone_is_left_out_and_the_others_stay(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings())
    await home.rename("release_group", SHUFFLED, "Inkwell")
    path = "/search/album?query=inkwell"
    before = [hit["id"] for hit in await found(server, path)]
    assert set(before) == {INKWELL, SHUFFLED}
    await home.editor.execute("DELETE FROM release_group WHERE gid = $1", before[0])
    await server.http.post("/refresh", json=before, scope_base={"client": ("127.0.0.1", 4000)})
    assert [hit["id"] for hit in await found(server, path)] == before[1:]


async def test_a_hit_whose_data_is_amiss_is_left_out_and_the_others_stay(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings())
    await home.editor.execute("DELETE FROM artist WHERE gid = $1", BEN)
    hits = await found(server, "/search?type=all&query=ada%20quill%20together")
    assert [hit["artist"]["id"] for hit in hits if hit["artist"]] == [ADA]
    assert TOGETHER not in [hit["album"]["id"] for hit in hits if hit["album"]]


async def test_hits_none_of_which_can_be_served_are_no_empty_list(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings(), PROVIDERS=[WATCHED])
    catalogue_of(server).fails = ProviderUnavailable("it is down", 9)
    response = await server.get("/search?type=artist&query=ada%20quill")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "9")
