"""Fourteen ways in which a plain query over MusicBrainz goes wrong, on our own small catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.catalogue import edge_cases as edge

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database


@pytest.fixture
async def client(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue)


def titles(releases: list[dict[str, Any]]) -> list[str]:
    return [release["Title"] for release in releases]


def tracks(album: dict[str, Any]) -> list[str]:
    return [track["TrackName"] for release in album["Releases"] for track in release["Tracks"]]


async def entry(client: Client, artist: str, album: str) -> dict[str, Any]:
    albums = (await client.artist(artist))["Albums"]
    return next(entry for entry in albums if entry["Id"] == album)


async def test_1_a_release_without_status_is_kept(client: Client) -> None:
    album = await client.album(edge.PARTLY_STATUSLESS)
    assert {r["Title"]: r["Status"] for r in album["Releases"]} == {
        "Half Stated (US)": "Official",
        "Half Stated (?)": "Official",
    }
    assert (await entry(client, edge.ADA, edge.STATUSLESS))["ReleaseStatuses"] == ["Official"]


async def test_1_a_release_without_status_gets_the_one_from_the_settings(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    client = await client_of(DATABASE=edge_catalogue, UNKNOWN_RELEASE_STATUS="Bootleg")
    album = await client.album(edge.PARTLY_STATUSLESS)
    assert album["releasestatuses"] == ["Bootleg", "Official"]
    half = await entry(client, edge.ADA, edge.PARTLY_STATUSLESS)
    assert half["ReleaseStatuses"] == ["Bootleg", "Official"]


async def test_1_releases_without_status_can_be_hidden(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    client = await client_of(DATABASE=edge_catalogue, UNKNOWN_RELEASE_STATUS="hide")
    assert titles((await client.album(edge.PARTLY_STATUSLESS))["Releases"]) == ["Half Stated (US)"]
    assert (await entry(client, edge.ADA, edge.STATUSLESS))["ReleaseStatuses"] == []


async def test_2_a_medium_without_format_keeps_its_tracks(client: Client) -> None:
    album = await client.album(edge.FORMATLESS)
    assert album["Releases"][0]["Media"] == [
        {"Position": 1, "Name": "", "Format": ""},
        {"Position": 2, "Name": "The Record", "Format": '12" Vinyl'},
    ]
    assert tracks(album) == ["On Something", "On a Record"]


async def test_3_a_date_that_does_not_exist_is_no_date(client: Client) -> None:
    album = await client.album(edge.IMPOSSIBLE_DATES)
    assert album["releasedate"] is None
    assert {r["Title"]: r["ReleaseDate"] for r in album["Releases"]} == {
        "29 February": "2004-02-29",
        "30 February": None,
        "Month 13": None,
        "Year 0": None,
        "Day Without Year": None,
        "Month Without Year": None,
    }
    assert (await entry(client, edge.ADA, edge.IMPOSSIBLE_DATES))["ReleaseDate"] is None


async def test_4_the_earliest_date_wins_however_partial(client: Client) -> None:
    album = await client.album(edge.PARTIAL_DATE_FIRST)
    assert album["releasedate"] == "2001-01-01"
    assert [release["ReleaseDate"] for release in album["Releases"]] == ["2001-01-01"]


async def test_4_no_date_is_null(client: Client) -> None:
    album = await client.album(edge.DATELESS)
    assert [album["releasedate"], *(r["ReleaseDate"] for r in album["Releases"])] == [None] * 3


async def test_5_every_list_has_an_order_of_its_own(client: Client) -> None:
    album = await client.album(edge.SHUFFLED)
    assert album["secondarytypes"] == ["Compilation", "Remix"]
    assert [release["ReleaseDate"] for release in album["Releases"]] == [
        "2010-05-05",
        "2011-03-01",
        "2012-01-01",
    ]
    first = album["Releases"][0]
    assert first["Country"] == sorted(first["Country"])
    assert len(first["Country"]) == 3
    assert first["Label"] == ["Aardvark", "Zebra"]
    assert [medium["Position"] for medium in first["Media"]] == [1, 2]
    assert [(track["MediumNumber"], track["TrackPosition"]) for track in first["Tracks"]] == [
        (medium, position) for medium in (1, 2) for position in (1, 2, 3)
    ]


async def test_5_an_artists_albums_are_in_order_of_date_title_and_id(client: Client) -> None:
    albums = (await client.artist(edge.ADA))["Albums"]
    keys = [(album["ReleaseDate"] or "9999", album["Title"], album["Id"]) for album in albums]
    assert keys == sorted(keys)


async def test_6_a_label_stands_once_and_one_that_has_closed_not_at_all(client: Client) -> None:
    assert (await client.album(edge.LABELLED))["Releases"][0]["Label"] == ["Nib"]


async def test_6_the_track_count_is_that_of_the_tracks_listed(client: Client) -> None:
    release = (await client.album(edge.MIXED_TRACKS))["Releases"][0]
    assert release["TrackCount"] == len(release["Tracks"]) == 2


async def test_7_video_and_data_are_left_out_and_the_pregap_is_not(client: Client) -> None:
    album = await client.album(edge.MIXED_TRACKS)
    assert tracks(album) == ["Hidden Before the Start", "Audible"]
    assert [t["TrackPosition"] for t in album["Releases"][0]["Tracks"]] == [0, 1]


@pytest.mark.parametrize(
    ("album", "image"),
    [
        (edge.COVER_CHOSEN, edge.CHOSEN_IMAGE),
        (edge.COVER_EARLIEST_OFFICIAL, edge.EARLIEST_OFFICIAL_IMAGE),
        (edge.COVER_BOOTLEG_ONLY, edge.LONELY_BOOTLEG_IMAGE),
        (edge.COVER_FRONT_AND_BACK, edge.WRAPAROUND_IMAGE),
    ],
    ids=["chosen by editors", "earliest official", "any at all", "front and back at once"],
)
async def test_8_the_cover_is_the_best_front_there_is(
    client: Client, album: str, image: int
) -> None:
    images = (await client.album(album))["images"]
    assert [found["CoverType"] for found in images] == ["Cover"]
    assert images[0]["Url"].startswith("https://coverartarchive.org/release/")
    assert images[0]["Url"].endswith(f"/{image}-1200.jpg")


@pytest.mark.parametrize("album", [edge.COVER_UNTYPED, edge.COVER_BACK_ONLY])
async def test_8_a_picture_that_is_no_front_is_no_cover(client: Client, album: str) -> None:
    assert (await client.album(album))["images"] == []


async def test_9_the_artists_are_those_credited_and_the_first_of_every_track(
    client: Client,
) -> None:
    album = await client.album(edge.GUESTS)
    assert [artist["artistname"] for artist in album["artists"]] == ["Ada Quill", "Cleo Ampersand"]
    assert album["artistid"] == edge.ADA
    listed = {artist["id"] for artist in album["artists"]}
    assert {track["ArtistId"] for track in album["Releases"][0]["Tracks"]} == listed


async def test_9_every_credited_artist_is_there_though_no_track_names_them_first(
    client: Client,
) -> None:
    album = await client.album(edge.TOGETHER)
    assert [artist["id"] for artist in album["artists"]] == [edge.ADA, edge.BEN]


async def test_10_links_need_no_slashes_and_ended_ones_are_gone(client: Client) -> None:
    assert (await client.artist(edge.ADA))["links"] == [
        {"target": "https://open.spotify.com/artist/0000000000000000000000", "type": "spotify"},
        {"target": "https://www.bbc.co.uk/music/artists/quill", "type": "bbc"},
        {"target": "https://www.wikidata.org/wiki/Q900000001", "type": "wikidata"},
        {"target": "mailto:ada@catalogue.test", "type": "mailto"},
        {"target": "urn:isbn:0000000000", "type": "urn"},
    ]
    assert [link["type"] for link in (await client.album(edge.INKWELL))["links"]] == [
        "discogs",
        "urn",
    ]


async def test_11_genres_are_voted_for_and_written_as_people_write_them(client: Client) -> None:
    assert (await client.artist(edge.ADA))["genres"] == [
        "Children's Music",
        "K-Pop",
        "R&B",
        "Música Criolla",
    ]
    assert (await client.album(edge.INKWELL))["genres"] == ["Dub", "R&B"]


async def test_12_an_album_without_type_is_other(client: Client) -> None:
    assert (await client.album(edge.TYPELESS))["type"] == "Other"
    assert (await entry(client, edge.ADA, edge.TYPELESS))["Type"] == "Other"


async def test_12_old_ids_are_known_at_every_level(client: Client) -> None:
    assert (await client.artist(edge.ADA))["oldids"] == [edge.ADA_MERGED]
    assert (await entry(client, edge.ADA, edge.INKWELL))["OldIds"] == [edge.INKWELL_MERGED]
    album = await client.album(edge.INKWELL)
    release = album["Releases"][0]
    track = release["Tracks"][0]
    assert album["oldids"] == [edge.INKWELL_MERGED]
    assert release["OldIds"] == [edge.INKWELL_RELEASE_MERGED]
    assert (track["Id"], track["OldIds"]) == (edge.FIRST_DRAFT, [edge.FIRST_DRAFT_MERGED])
    assert track["RecordingId"] == edge.FIRST_DRAFT_RECORDING
    assert track["OldRecordingIds"] == [edge.FIRST_DRAFT_RECORDING_MERGED]


async def test_12_a_merged_id_is_answered_with_what_it_was_merged_into(client: Client) -> None:
    assert await client.artist(edge.ADA_MERGED) == await client.artist(edge.ADA)
    assert await client.album(edge.INKWELL_MERGED) == await client.album(edge.INKWELL)


async def test_13_special_purpose_artists_list_no_albums_yet_their_albums_work(
    client: Client,
) -> None:
    assert (await client.artist(edge.VARIOUS_ARTISTS))["Albums"] == []
    album = await client.album(edge.COMPILATION)
    assert album["artistid"] == edge.VARIOUS_ARTISTS
    assert tracks(album) == ["Ada's Turn", "Ben's Turn"]


async def test_albums_credited_second_are_listed_when_collaborations_are_wanted(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    for wanted in (False, True):
        client = await client_of(DATABASE=edge_catalogue, COLLABORATIONS=wanted)
        albums = {album["Id"] for album in (await client.artist(edge.BEN))["Albums"]}
        assert (edge.TOGETHER in albums) is wanted
        assert edge.LIVE_COMPILATION in albums


async def test_an_artist_of_whom_nothing_is_known_is_an_artist(client: Client) -> None:
    artist = await client.artist(edge.NOBODY)
    assert artist["type"] is None
    assert artist["rating"] == {"Count": 0, "Value": None}
    assert artist["Albums"] == []


async def test_lengths_lidarr_cannot_add_up_are_left_out_longest_first(client: Client) -> None:
    release = (await client.album(edge.LENGTHS))["Releases"][0]
    lengths = [track["DurationMs"] for track in release["Tracks"]]
    assert lengths.count(None) == 2
    assert sum(filter(None, lengths)) <= edge.LONGEST


async def test_the_artists_of_an_album_are_what_the_artist_route_serves(client: Client) -> None:
    for artist in (await client.album(edge.GUESTS))["artists"]:
        full = await client.artist(artist["id"])
        del full["Albums"]
        assert artist == full
