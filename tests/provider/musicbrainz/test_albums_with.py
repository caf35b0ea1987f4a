"""Which albums recordings are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.provider.mixins import Covering
from tests import dumps
from tests.catalogue import edge_cases as edge
from tests.catalogue.builder import Catalogue
from tests.catalogue.entities import mbid_of

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

NO_SUCH = "00000000-0000-4000-8000-000000000000"


def recording(title: str) -> str:
    return mbid_of("recording", title)


def discs() -> Catalogue:
    """One album in three editions, a single of it, a bootleg, and one of unknown status."""
    catalogue = Catalogue()
    by = catalogue.artist("Ada")
    album = catalogue.release_group(by, "Album", date="1999-05")
    songs = ("One", "Two", "Three")
    catalogue.medium(catalogue.release(album, "Deluxe"), *songs, "Extra", "Live One")
    catalogue.medium(catalogue.release(album, "Plain (promotion)", status="Promotion"), *songs)
    catalogue.medium(catalogue.release(album, "Plain"), *songs)
    single = catalogue.release_group(by, "Single", kind="Single")
    catalogue.medium(catalogue.release(single, "Twice the same"), "One")
    catalogue.medium(catalogue.release(single, "On two media"), "One", "Two")
    stolen = catalogue.release_group(by, "Stolen", date="1998-01-01")
    catalogue.medium(catalogue.release(stolen, status="Bootleg"), *songs)
    unsaid = catalogue.release_group(by, "Unsaid", date="1997")
    catalogue.medium(catalogue.release(unsaid, status=None), "Three", "Four")
    return catalogue


@pytest.fixture(scope="module", params=["postgres", "system_postgres"])
def disc_catalogue(request: pytest.FixtureRequest) -> Database:
    server: PostgresAddress = request.getfixturevalue(request.param)
    return dumps.create(server, "discs", discs().write)


def covering(title: str, matched: int, tracks: int, official: bool, released: str) -> Covering:
    return Covering(mbid_of("release_group", title), matched, tracks, official, released)


async def test_of_each_album_the_release_counts_that_fits_best(
    provider_of: ProviderOf, disc_catalogue: Database
) -> None:
    provider = await provider_of(disc_catalogue)
    found = await provider.albums_with([recording(title) for title in ("One", "Two", "Three")])
    assert {*found} == {
        covering("Album", 3, 3, True, "1999-05-01"),
        covering("Single", 2, 2, True, "9999"),
        covering("Stolen", 3, 3, False, "1998-01-01"),
        covering("Unsaid", 1, 2, True, "1997-01-01"),
    }


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("Official", {covering("Unsaid", 1, 2, True, "1997-01-01")}),
        ("Bootleg", {covering("Unsaid", 1, 2, False, "1997-01-01")}),
        ("hide", set()),
    ],
)
async def test_releases_without_status_are_what_the_setting_says(
    provider_of: ProviderOf, disc_catalogue: Database, setting: str, expected: set[Covering]
) -> None:
    provider = await provider_of(disc_catalogue, UNKNOWN_RELEASE_STATUS=setting)
    assert {*await provider.albums_with([recording("Four")])} == expected


async def test_a_recording_asked_for_twice_or_by_an_old_id_counts_once(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    both = [edge.FIRST_DRAFT_RECORDING, edge.FIRST_DRAFT_RECORDING_MERGED]
    for asked in (both[:1], both[1:], both, both * 3):
        (found,) = await provider.albums_with(asked)
        assert found == Covering(edge.INKWELL, 1, 2, True, "2003-07-09")


async def test_video_and_data_tracks_neither_match_nor_count(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    unheard = [recording("The Film"), recording("The Software")]
    assert await provider.albums_with(unheard) == []
    (found,) = await provider.albums_with([recording("Audible"), *unheard])
    assert (found.album, found.matched, found.tracks) == (edge.MIXED_TRACKS, 1, 2)


async def test_unknown_recordings_are_left_out(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    assert await provider.albums_with([]) == await provider.albums_with([NO_SUCH]) == []
    assert len(await provider.albums_with([NO_SUCH, edge.FIRST_DRAFT_RECORDING])) == 1


async def test_as_many_tracks_are_counted_as_the_document_lists(
    provider_of: ProviderOf, dump_real: Database
) -> None:
    provider = await provider_of(dump_real)
    rows = await provider.album_names(0, 10_000)
    documents = (await provider.albums([album.id for _, album in rows])).documents
    whole = {
        mbid: release["Tracks"]
        for mbid, album in documents.items()
        for release in album["Releases"][:1]
        if release["Tracks"]
    }
    assert len(whole) > 20
    for mbid, tracks in whole.items():
        asked = sorted({track["RecordingId"] for track in tracks})
        found = {album.album: album for album in await provider.albums_with(asked)}
        assert found[mbid].matched <= found[mbid].tracks
        counts = {release["TrackCount"] for release in documents[mbid]["Releases"]}
        assert found[mbid].tracks in counts
