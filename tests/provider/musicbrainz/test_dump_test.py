"""The edge cases of the shared `dump-test`: the traps once more, on rows that are not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database


def mbid(number: str) -> str:
    return f"ed9e0000-0000-4000-8000-000000000{number}"


ARTIST, GUEST, TYPELESS_ARTIST, EMPTY_ARTIST = mbid("001"), mbid("002"), mbid("003"), mbid("004")
ALBUM, TYPELESS, WITHOUT_RELEASES, STATUSLESS, COLLABORATION, ODD_DATES = (
    mbid(number) for number in ("101", "102", "103", "104", "105", "107")
)
TWO_MEDIA, NO_STATUS, TWO_DATES, NO_MEDIA = (mbid(n) for n in ("201", "202", "203", "204"))
METALLICA = "e8f70201-8899-3f0c-9e07-5d6495bc8046"


@pytest.fixture
async def client(client_of: MakeClient, dump_test: Database) -> Client:
    return await client_of(DATABASE=dump_test)


async def releases(client: Client, album: str = ALBUM) -> dict[str, dict[str, object]]:
    return {release["Id"]: release for release in (await client.album(album))["Releases"]}


async def test_1_releases_without_status_are_there(client: Client) -> None:
    found = await releases(client)
    assert set(found) == {TWO_MEDIA, NO_STATUS, TWO_DATES, NO_MEDIA}
    assert found[NO_STATUS]["Status"] == "Official"
    assert set(await releases(client, STATUSLESS)) == {mbid("205")}


async def test_2_a_medium_without_format_is_there(client: Client) -> None:
    media = (await releases(client))[TWO_MEDIA]["Media"]
    assert [(medium["Position"], medium["Format"]) for medium in media][1] == (2, "")


async def test_3_dates_without_year_are_none(client: Client) -> None:
    assert (await client.album(ODD_DATES))["releasedate"] is None
    assert (await releases(client, ODD_DATES))[mbid("208")]["ReleaseDate"] is None


async def test_4_a_year_alone_beats_a_later_full_date(client: Client) -> None:
    found = await releases(client)
    assert found[TWO_DATES]["ReleaseDate"] == "2001-01-01"
    assert found[NO_STATUS]["ReleaseDate"] == "2000-02-29"
    assert found[NO_MEDIA]["ReleaseDate"] is None


async def test_5_releases_are_ordered_by_date(client: Client) -> None:
    dates = [release["ReleaseDate"] for release in (await releases(client)).values()]
    assert dates == ["2000-02-29", "2001-01-01", "2001-01-01", None]


async def test_6_a_label_with_two_catalogue_numbers_stands_once(client: Client) -> None:
    assert (await releases(client))[TWO_DATES]["Label"] == ["Edge Records", "[no label]"]


async def test_7_only_the_audible_tracks_are_listed_and_counted(client: Client) -> None:
    release = (await releases(client))[TWO_MEDIA]
    assert [(t["MediumNumber"], t["TrackPosition"], t["TrackName"]) for t in release["Tracks"]] == [
        (1, 0, "Pregap hidden"),
        (1, 1, "Song One"),
        (1, 2, "Song Two"),
        (2, 2, "Guest Song"),
    ]
    assert release["TrackCount"] == 4


async def test_8_the_chosen_cover_goes_before_earlier_ones(client: Client) -> None:
    images = (await client.album(ALBUM))["images"]
    assert images[0]["CoverType"] == "Cover"
    assert images[0]["Url"].endswith(f"/release/{TWO_MEDIA}/90000000002-1200.jpg")
    assert [image["Url"].rpartition("/")[2] for image in images[1:]] == ["90000000003-1200.jpg"]
    assert images[1]["CoverType"] == "Disc"


async def test_9_track_artists_are_among_the_artists(client: Client) -> None:
    album = await client.album(ALBUM)
    listed = [artist["id"] for artist in album["artists"]]
    assert listed[0] == album["artistid"] == ARTIST
    assert {t["ArtistId"] for r in album["Releases"] for t in r["Tracks"]} <= set(listed)
    assert len(set(listed)) == len(listed)


async def test_10_no_ended_link_is_listed(client: Client) -> None:
    targets = [link["target"] for link in (await client.artist(ARTIST))["links"]]
    assert "https://example" not in targets


async def test_12_types_and_old_ids(client: Client) -> None:
    assert (await client.album(TYPELESS))["type"] == "Other"
    tracks = (await releases(client))[TWO_MEDIA]["Tracks"]
    song = next(track for track in tracks if track["TrackName"] == "Song One")
    assert song["OldIds"] == [mbid("6f1")]
    assert song["OldRecordingIds"] == [mbid("5f1")]


async def test_13_various_artists_list_nothing(client: Client) -> None:
    assert (await client.artist("89ad4ac3-39f7-470e-963a-56509c546377"))["Albums"] == []


async def test_artists_without_type_or_albums_are_served(client: Client) -> None:
    assert (await client.artist(TYPELESS_ARTIST))["type"] is None
    assert (await client.artist(EMPTY_ARTIST))["Albums"] == []
    assert (await client.artist(GUEST))["status"] == "ended"


async def test_an_album_without_any_release_is_never_called_gone(client: Client) -> None:
    response = await client.get(f"/album/{WITHOUT_RELEASES}")
    assert response.status_code == 503
    assert "Retry-After" in response.headers


async def test_releases_whose_tracks_nobody_entered_are_listed_without(client: Client) -> None:
    album = await client.album(METALLICA)
    assert len(album["Releases"]) == 21
    assert {release["TrackCount"] for release in album["Releases"]} == {0}


async def test_the_guest_lists_no_album_they_are_second_on(client: Client) -> None:
    albums = {album["Id"] for album in (await client.artist(ARTIST))["Albums"]}
    assert COLLABORATION not in albums
    assert ALBUM in albums
