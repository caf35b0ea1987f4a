"""Albums and artists as lists show them, by hundreds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import Listed
from tests.catalogue.edge_cases import (
    ADA,
    ADA_MERGED,
    BEN,
    DATELESS,
    IMPOSSIBLE_DATES,
    INKWELL,
    INKWELL_MERGED,
    PARTIAL_DATE_FIRST,
    TOGETHER,
    VARIOUS_ARTISTS,
)
from tests.provider.musicbrainz.conftest import locked, operator

if TYPE_CHECKING:
    from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

NO_SUCH = "00000000-0000-4000-8000-000000000000"
MANY = 200


@pytest.fixture
async def provider(provider_of: ProviderOf, edge_catalogue: Database) -> MusicbrainzDbProvider:
    return await provider_of(edge_catalogue)


async def test_an_album_is_listed_with_title_artist_and_date(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await provider.listed_albums([INKWELL]) == {
        INKWELL: Listed(INKWELL, "Inkwell", ADA, "Ada Quill", "2003-07-09")
    }


async def test_a_merged_album_is_what_it_was_merged_into(provider: MusicbrainzDbProvider) -> None:
    listed = await provider.listed_albums([INKWELL_MERGED, INKWELL])
    assert listed[INKWELL_MERGED] == listed[INKWELL]
    assert listed[INKWELL_MERGED].album == INKWELL


async def test_dates_are_never_invented(provider: MusicbrainzDbProvider) -> None:
    dates = await provider.listed_albums([DATELESS, IMPOSSIBLE_DATES, PARTIAL_DATE_FIRST])
    assert {mbid: album.released for mbid, album in dates.items()} == {
        DATELESS: None,
        IMPOSSIBLE_DATES: None,
        PARTIAL_DATE_FIRST: "2001-01-01",
    }


async def test_of_several_artists_the_first_is_named(provider: MusicbrainzDbProvider) -> None:
    listed = await provider.listed_albums([TOGETHER])
    assert (listed[TOGETHER].artist, listed[TOGETHER].artist_name) == (ADA, "Ada Quill")


async def test_an_album_says_of_itself_what_is_listed(
    provider_of: ProviderOf, dump_real: Database
) -> None:
    real = await provider_of(dump_real)
    async with operator(dump_real) as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT gid::text FROM release_group ORDER BY gid LIMIT $1", MANY
        )
    asked = [row["gid"] for row in rows]
    listed = await real.listed_albums(asked)
    documents = (await real.albums(asked)).documents
    assert len(listed) == len(documents) == MANY
    for mbid, album in documents.items():
        (artist,) = (one for one in album["artists"] if one["id"] == album["artistid"])
        assert listed[mbid] == Listed(
            album["id"],
            album["title"],
            album["artistid"],
            artist["artistname"],
            album["releasedate"],
        )


async def test_artists_are_named_merged_ones_as_well(provider: MusicbrainzDbProvider) -> None:
    assert await provider.listed_artists([ADA_MERGED, BEN, VARIOUS_ARTISTS]) == {
        ADA_MERGED: (ADA, "Ada Quill"),
        BEN: (BEN, "Ben Rushlight"),
        VARIOUS_ARTISTS: (VARIOUS_ARTISTS, "Various Artists"),
    }


async def test_what_there_is_not_is_left_out(provider: MusicbrainzDbProvider) -> None:
    assert await provider.listed_albums([NO_SUCH, ADA]) == {}
    assert await provider.listed_artists([NO_SUCH, INKWELL]) == {}
    assert await provider.listed_albums([]) == {}
    assert await provider.listed_artists([]) == {}


async def test_a_catalogue_that_cannot_answer_lists_nothing_as_missing(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    async with locked(edge_catalogue, "artist"):
        with pytest.raises(ProviderUnavailable):
            await provider.listed_albums([INKWELL])
        with pytest.raises(ProviderUnavailable):
            await provider.listed_artists([ADA])
