"""All names of a catalogue: what a search index is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.mirror.schema import mark
from lidarrmetadata.provider.musicbrainz.renown import album_renown, artist_renown
from lidarrmetadata.search.names import Grade
from tests import dumps
from tests.catalogue import edge_cases as edge
from tests.catalogue.builder import Catalogue
from tests.catalogue.databases import empty_database
from tests.catalogue.entities import mbid_of
from tests.provider.musicbrainz.conftest import operator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg import Connection

    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
    from lidarrmetadata.search.names import AlbumNames, ArtistNames
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

NO_SUCH = "00000000-0000-4000-8000-000000000000"


async def all_artists(provider: MusicbrainzDbProvider, step: int) -> list[ArtistNames]:
    listed: list[ArtistNames] = []
    after = 0
    while rows := await provider.artist_names(after, step):
        assert [number for number, _ in rows] == sorted({number for number, _ in rows})
        assert len(rows) <= step
        listed += [artist for _, artist in rows]
        after = rows[-1][0]
    return listed


async def all_albums(provider: MusicbrainzDbProvider, step: int) -> list[AlbumNames]:
    listed: list[AlbumNames] = []
    after = 0
    while rows := await provider.album_names(after, step):
        assert len(rows) <= step
        listed += [album for _, album in rows]
        after = rows[-1][0]
    return listed


@pytest.mark.parametrize("step", [1, 3, 1000])
async def test_every_name_is_listed_once_however_long_the_steps(
    provider_of: ProviderOf, edge_catalogue: Database, step: int
) -> None:
    provider = await provider_of(edge_catalogue)
    artists = [artist.id for artist in await all_artists(provider, step)]
    albums = [album.id for album in await all_albums(provider, step)]
    async with operator(edge_catalogue) as connection:
        held = {
            table: {str(row["gid"]) for row in await connection.fetch(f"SELECT gid FROM {table}")}
            for table in ("artist", "release_group")
        }
    assert sorted(artists) == sorted(held["artist"] - {edge.VARIOUS_ARTISTS})
    assert sorted(albums) == sorted(held["release_group"])
    assert await provider.count_names() == (len(artists), len(albums))


async def test_an_artist_has_all_its_names(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    (ada,) = await provider.artist_names_of([edge.ADA])
    assert (ada.name, ada.sort_name) == ("Ada Quill", "Quill, Ada")
    assert ada.aliases == ("Ада Квилл", "Ada of the Inkwell", "Miss Quill")


async def test_an_album_has_its_artists_names_the_whole_credit_first(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    (album,) = await provider.album_names_of([edge.TOGETHER])
    assert (album.title, album.artist_id) == ("Together", edge.ADA)
    assert album.credits == (
        *("Ada Quill & Ben Rushlight", "Ada Quill"),
        *("Ада Квилл", "Ada of the Inkwell", "Miss Quill"),
        "Ben Rushlight",
    )
    (inkwell,) = await provider.album_names_of([edge.INKWELL])
    assert inkwell.aliases == ("Чернильница",)


async def test_albums_of_various_artists_are_listed_and_owe_them_nothing(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    (disc,) = await provider.album_names_of([edge.COMPILATION])
    assert disc.artist_id == edge.VARIOUS_ARTISTS
    assert disc.renown == album_renown(releases=1, votes=0, links=0, artist=0, kind="Album")
    assert await provider.artist_names_of([edge.VARIOUS_ARTISTS]) == []


async def test_merged_and_unknown_ids_are_not_there(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    artists = await provider.artist_names_of([edge.ADA_MERGED, NO_SUCH, edge.BEN])
    albums = await provider.album_names_of([edge.INKWELL_MERGED, NO_SUCH, edge.BARE])
    assert [artist.id for artist in artists] == [edge.BEN]
    assert [album.id for album in albums] == [edge.BARE]
    assert await provider.artist_names_of([]) == await provider.album_names_of([]) == []


@pytest.mark.parametrize(
    ("album", "grade"),
    [
        (edge.INKWELL, Grade.OFFICIAL),
        (edge.BARE, Grade.OFFICIAL),
        (edge.STATUSLESS, Grade.OFFICIAL),
        (edge.COMPILATION, Grade.COMPILATION),
        (edge.LIVE_COMPILATION, Grade.COMPILATION),
        (edge.COVER_BOOTLEG_ONLY, Grade.BOOTLEG),
        (edge.COVER_EARLIEST_OFFICIAL, Grade.OFFICIAL),
    ],
)
async def test_albums_are_graded_by_their_releases(
    provider_of: ProviderOf, edge_catalogue: Database, album: str, grade: Grade
) -> None:
    provider = await provider_of(edge_catalogue)
    (found,) = await provider.album_names_of([album])
    assert found.grade == grade


def test_renown_grows_with_votes_more_than_with_works() -> None:
    nobody = artist_renown(albums=0, votes=0, aliases=0, links=0)
    busy = artist_renown(albums=15, votes=0, aliases=0, links=0)
    loved = artist_renown(albums=0, votes=15, aliases=0, links=0)
    assert 0 == nobody < busy < loved
    assert (busy, loved) == (800, 1200)


def test_an_album_is_known_by_its_artist_and_before_the_single_of_its_name() -> None:
    def renown(artist: int, kind: str) -> int:
        return album_renown(releases=3, votes=0, links=0, artist=artist, kind=kind)

    assert renown(400, "Album") == renown(0, "Album") + 100
    assert renown(0, "Album") > renown(0, "EP") > renown(0, "Single") == renown(0, "Other") == 400


async def test_well_known_artists_have_more_renown(
    provider_of: ProviderOf, dump_real: Database
) -> None:
    provider = await provider_of(dump_real)
    artists = {artist.name: artist.renown for artist in await all_artists(provider, 1000)}
    assert artists["The Beatles"] > artists["Radiohead"] > artists["The Beatles Revival Band"]
    assert len(await all_albums(provider, 5000)) == 8150


async def sample(connection: Connection) -> None:
    """An artist without albums, albums without tracks."""
    catalogue = Catalogue()
    catalogue.artist("Left Out")
    kept = catalogue.artist("Kept")
    catalogue.release(catalogue.release_group(kept, "Emptied"))
    software = catalogue.release_group(kept, "Software")
    catalogue.track(catalogue.medium(catalogue.release(software)), "Setup", data=True)
    catalogue.medium(catalogue.release(catalogue.release_group(kept, "Whole")), "A Song")
    await catalogue.write(connection)
    await mark(connection, "sample", "complete")


@pytest.fixture
async def passing(postgres: PostgresAddress) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    async with empty_database(postgres) as url:
        yield dumps.at(postgres, url.rpartition("/")[2].partition("?")[0])


async def test_of_a_sample_nothing_is_listed_that_could_not_be_served(
    passing: Database, provider_of: ProviderOf
) -> None:
    async with operator(passing) as connection:
        await sample(connection)
    provider = await provider_of(passing)
    artist, album = mbid_of("artist", "Kept"), mbid_of("release_group", "Whole")
    assert [one.id for one in await all_artists(provider, 10)] == [artist]
    assert [one.id for one in await all_albums(provider, 10)] == [album]
    assert await provider.count_names() == (1, 1)
    asked = [mbid_of("artist", "Left Out"), artist]
    assert [one.id for one in await provider.artist_names_of(asked)] == [artist]
    asked = [mbid_of("release_group", "Emptied"), album, mbid_of("release_group", "Software")]
    assert [one.id for one in await provider.album_names_of(asked)] == [album]
    await provider.close()


async def test_an_album_whose_credit_names_nobody_does_not_stop_the_others(
    passing: Database, provider_of: ProviderOf
) -> None:
    async with operator(passing) as connection:
        await edge.edge_cases().write(connection)
        await connection.execute(
            "DELETE FROM artist_credit_name AS lost USING artist WHERE artist.id = lost.artist"
            f" AND artist.gid = '{edge.VARIOUS_ARTISTS}'"
        )
    provider = await provider_of(passing)
    listed = {album.id for album in await all_albums(provider, 1000)}
    assert edge.INKWELL in listed
    assert edge.COMPILATION not in listed
    await provider.close()
