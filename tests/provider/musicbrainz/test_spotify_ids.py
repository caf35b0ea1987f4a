"""What Spotify's ids stand for, by the links that MusicBrainz has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from tests import dumps
from tests.catalogue.builder import Catalogue
from tests.catalogue.edge_cases import ADA, VARIOUS_ARTISTS
from tests.catalogue.entities import mbid_of
from tests.provider.musicbrainz.conftest import locked, operator

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
    from tests.catalogue.entities import Entity
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

STREAMING = 194  # a kind of relation
ADAS = "0000000000000000000000"  # the edge catalogue's
MANY = 10_000
EDGE_ARTIST, EDGE_ALBUM = "0EdgeCase0000000000001", "0EdgeCaseAlbum00000001"


def identifier(name: str) -> str:
    """An id as Spotify makes them: 22 letters and digits."""
    return name.replace(" ", "").ljust(22, "0")


def streamed() -> Catalogue:
    """Artists and albums, most of them with a link that is odd in some way."""
    catalogue = Catalogue()

    def link(of: Entity, name: str, *, scheme: str = "https", ended: bool = False) -> None:
        kind = "artist" if of.table == "artist" else "album"
        url = f"{scheme}://open.spotify.com/{kind}/{identifier(name)}"
        catalogue.rows.url(of.table, of.row, url, STREAMING, ended)

    first, second = catalogue.artist("First"), catalogue.artist("Second")
    link(second, "both")
    link(first, "both")
    link(first, "left", ended=True)
    link(second, "left")
    link(first, "gone", ended=True)
    link(first, "plain", scheme="http")
    link(second, "plain and safe", scheme="http")
    link(first, "plain and safe")
    various = catalogue.artist("Various Artists", mbid=VARIOUS_ARTISTS, kind="Other")
    link(various, "various")
    link(various, "various and first")
    link(first, "various and first")

    own = catalogue.release_group(first, "Own")
    other = catalogue.release_group(first, "Other")
    link(own, "own")
    edition = catalogue.release(other, "Edition")
    catalogue.medium(edition, "Song")
    link(edition, "edition")
    link(catalogue.release(own, "Reissue"), "own or other")
    link(other, "own or other", ended=True)
    link(first, "as artist")
    link(own, "as album")
    return catalogue


@pytest.fixture(scope="module", params=["postgres", "system_postgres"])
def streamed_catalogue(request: pytest.FixtureRequest) -> Database:
    server: PostgresAddress = request.getfixturevalue(request.param)
    return dumps.create(server, "streamed", streamed().write)


@pytest.fixture
async def provider(provider_of: ProviderOf, streamed_catalogue: Database) -> MusicbrainzDbProvider:
    return await provider_of(streamed_catalogue)


async def artist(provider: MusicbrainzDbProvider, name: str) -> str | None:
    spotify_id = identifier(name)
    return (await provider.spotify_ids("artist", [spotify_id])).get(spotify_id)


async def album(provider: MusicbrainzDbProvider, name: str) -> str | None:
    spotify_id = identifier(name)
    return (await provider.spotify_ids("album", [spotify_id])).get(spotify_id)


FIRST, SECOND = mbid_of("artist", "First"), mbid_of("artist", "Second")
OWN, OTHER = mbid_of("release_group", "Own"), mbid_of("release_group", "Other")


async def test_a_link_of_an_artist_says_who_it_is(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    assert await provider.spotify_ids("artist", [ADAS]) == {ADAS: ADA}


async def test_addresses_of_both_schemes_count_the_safe_one_first(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await artist(provider, "plain") == FIRST
    assert await artist(provider, "plain and safe") == FIRST


async def test_a_link_that_holds_goes_before_one_that_has_ended(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await artist(provider, "left") == SECOND
    assert await artist(provider, "gone") == FIRST


async def test_of_artists_with_the_same_link_it_is_always_the_same_one(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await artist(provider, "both") == FIRST


async def test_special_purpose_artists_are_nobody(provider: MusicbrainzDbProvider) -> None:
    assert await artist(provider, "various") is None
    assert await artist(provider, "various and first") == FIRST


async def test_an_album_is_known_by_its_own_link_or_that_of_a_release(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await album(provider, "own") == OWN
    assert await album(provider, "edition") == OTHER


async def test_an_album_s_own_link_goes_before_a_release_s(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await album(provider, "own or other") == OTHER


async def test_artists_are_no_albums(provider: MusicbrainzDbProvider) -> None:
    assert await album(provider, "as artist") is None
    assert await artist(provider, "as album") is None


async def test_odd_ids_are_unknown(provider: MusicbrainzDbProvider) -> None:
    odd = ["", "x" * 300, "../album", "%", "海", "' OR 1=1 --"]
    assert await provider.spotify_ids("artist", odd) == {}
    assert await provider.spotify_ids("album", odd) == {}
    assert await provider.spotify_ids("album", []) == {}


async def test_ten_thousand_are_asked_for_at_once(provider: MusicbrainzDbProvider) -> None:
    unknown = [f"{number:022d}" for number in range(MANY)]
    asked = [*unknown, identifier("own"), identifier("edition")]
    assert await provider.spotify_ids("album", asked) == {
        identifier("own"): OWN,
        identifier("edition"): OTHER,
    }


async def test_a_catalogue_that_cannot_answer_knows_no_id_to_be_unknown(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    async with locked(edge_catalogue, "url"):
        with pytest.raises(ProviderUnavailable):
            await provider.spotify_ids("artist", [ADAS])


async def test_every_link_of_real_data_is_found(
    provider_of: ProviderOf, dump_real: Database
) -> None:
    provider = await provider_of(dump_real)
    async with operator(dump_real) as connection:
        rows = await connection.fetch(
            """
            SELECT split_part(url.url, '/', 5) AS id, array_agg(artist.gid::text) AS gids
              FROM url
              JOIN l_artist_url AS relation ON relation.entity1 = url.id
              JOIN artist ON artist.id = relation.entity0
             WHERE url.url LIKE 'https://open.spotify.com/artist/%'
             GROUP BY url.url
            """
        )
    assert len(rows) > 40
    found = await provider.spotify_ids("artist", [row["id"] for row in rows])
    for row in rows:
        people = set(row["gids"]) - SPECIAL_PURPOSE_ARTISTS
        assert found.get(row["id"]) in (people or {None})


async def test_links_of_musicbrainz_own_test_data(
    provider_of: ProviderOf, dump_test: Database
) -> None:
    provider = await provider_of(dump_test)
    assert list(await provider.spotify_ids("artist", [EDGE_ARTIST])) == [EDGE_ARTIST]
    assert list(await provider.spotify_ids("album", [EDGE_ALBUM])) == [EDGE_ALBUM]
