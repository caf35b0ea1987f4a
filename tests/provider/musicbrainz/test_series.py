"""Series of albums: in their order, and never called gone by who does not know all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.mirror.rows import derived_mbid
from lidarrmetadata.mirror.schema import mark
from tests import dumps
from tests.catalogue.builder import Catalogue
from tests.catalogue.edge_cases import INKWELL, SERIES, TYPELESS
from tests.catalogue.entities import mbid_of
from tests.provider.musicbrainz.conftest import locked, operator

if TYPE_CHECKING:
    import asyncpg

    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
    from tests.catalogue.entities import Entity
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

NO_SUCH = "00000000-0000-4000-8000-000000000000"
PART_OF, TOUR = 742, 100_001  # kinds of relations
NUMBER = 788  # the attribute
DARK_SIDE = "f5093c06-23e3-404f-aeaa-40f72885ee3a"


class Shelf:
    """A catalogue of series whose albums are written in the order of the alphabet."""

    TITLES = "abcdefgh"
    DATES = ("2004", "2003-05", None, "2001", "1999", None, "2001-02-30", "1998-01-02")

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        by = self.catalogue.artist("Ada")
        self.albums = {
            title: self.catalogue.release_group(by, title, date=date)
            for title, date in zip(self.TITLES, self.DATES, strict=True)
        }
        self.catalogue.medium(self.catalogue.release(self.albums["a"]), "Song")
        self.catalogue.rows.put(
            "link_type",
            id=TOUR,
            gid=derived_mbid("link_type", "tour"),
            entity_type0="release_group",
            entity_type1="series",
            name="supported by tour",
            link_phrase="",
            reverse_link_phrase="",
            long_link_phrase="",
        )

    def series(self, name: str) -> Entity:
        return self.catalogue.series(name)

    def part(
        self,
        series: Entity,
        title: str,
        *,
        place: int = 0,
        number: str | None = None,
        kind: int = PART_OF,
    ) -> None:
        rows = self.catalogue.rows
        link = rows.add("link", link_type=kind, ended=False)
        if number is not None:
            rows.put(
                "link_attribute_text_value", link=link, attribute_type=NUMBER, text_value=number
            )
        rows.add(
            "l_release_group_series",
            link=link,
            entity0=self.albums[title].row,
            entity1=series.row,
            link_order=place,
        )


def shelves() -> Catalogue:
    shelf = Shelf()
    placed = shelf.series("placed")
    for place, title in enumerate("hbdaf", start=1):
        shelf.part(placed, title, place=place, number=str(9 - place))
    shelf.catalogue.merged(placed, "placed (old entry)")

    numbered = shelf.series("numbered")
    numbers = {"a": "No. 10", "b": "No. 9", "c": "No. 10b", "d": "no. 0009", "e": "No. " + "9" * 99}
    for title, number in numbers.items():
        shelf.part(numbered, title, number=number)
    shelf.part(numbered, "h")

    dated = shelf.series("dated")
    for title in shelf.TITLES:
        shelf.part(dated, title)

    repeated = shelf.series("repeated")
    for place, title in enumerate("bacab", start=1):
        shelf.part(repeated, title, place=place)

    tour = shelf.series("tour")
    shelf.part(tour, "a", kind=TOUR)
    shelf.series("empty")
    return shelf.catalogue


@pytest.fixture(scope="module", params=["postgres", "system_postgres"])
def series_catalogue(request: pytest.FixtureRequest) -> Database:
    async def fill(connection: asyncpg.Connection) -> None:
        await shelves().write(connection)
        await dumps.shuffle(connection, "musicbrainz.l_release_group_series")

    server: PostgresAddress = request.getfixturevalue(request.param)
    return dumps.create(server, "series", fill)


@pytest.fixture(scope="module")
def series_sample(postgres: PostgresAddress) -> Database:
    async def fill(connection: asyncpg.Connection) -> None:
        await shelves().write(connection)
        await mark(connection, "sample", "complete")

    return dumps.create(postgres, "series_sample", fill)


@pytest.fixture(scope="module")
def without_series(postgres: PostgresAddress) -> Database:
    return dumps.create(postgres, "series_none", Shelf().catalogue.write)


@pytest.fixture
async def provider(provider_of: ProviderOf, series_catalogue: Database) -> MusicbrainzDbProvider:
    return await provider_of(series_catalogue)


async def titles(provider: MusicbrainzDbProvider, name: str) -> str:
    known = {mbid_of("release_group", title): title for title in Shelf.TITLES}
    found = await provider.series(mbid_of("series", name))
    assert found is not None
    return "".join(known[mbid] for mbid in found)


async def test_albums_come_in_the_order_of_the_series(provider: MusicbrainzDbProvider) -> None:
    assert await titles(provider, "placed") == "hbdaf"


async def test_without_places_numbers_count_as_people_count(
    provider: MusicbrainzDbProvider,
) -> None:
    # "no. 0009" is the same number as "No. 9": there the date tells.
    assert await titles(provider, "numbered") == "dbaceh"


async def test_without_numbers_dates_count_and_who_has_none_comes_last(
    provider: MusicbrainzDbProvider,
) -> None:
    dateless = sorted("cfg", key=lambda title: mbid_of("release_group", title))
    assert await titles(provider, "dated") == "hedba" + "".join(dateless)


async def test_an_album_that_is_there_twice_stands_where_it_is_first(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await titles(provider, "repeated") == "bac"


async def test_a_merged_series_is_what_it_was_merged_into(provider: MusicbrainzDbProvider) -> None:
    assert await titles(provider, "placed (old entry)") == await titles(provider, "placed")


async def test_a_tour_has_no_albums_though_albums_have_tours(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await provider.series(mbid_of("series", "tour")) == []


async def test_a_series_without_albums_is_there(provider: MusicbrainzDbProvider) -> None:
    assert await provider.series(mbid_of("series", "empty")) == []


async def test_a_whole_catalogue_may_say_that_there_is_no_such_series(
    provider: MusicbrainzDbProvider,
) -> None:
    assert await provider.series(NO_SUCH) is None


async def test_a_sample_may_not_but_tells_what_it_has(
    provider_of: ProviderOf, series_sample: Database
) -> None:
    provider = await provider_of(series_sample)
    with pytest.raises(ProviderUnavailable, match="a part of MusicBrainz only"):
        await provider.series(NO_SUCH)
    assert await titles(provider, "placed") == "hbdaf"


async def test_nor_may_a_catalogue_that_has_left_series_out(
    provider_of: ProviderOf, without_series: Database
) -> None:
    provider = await provider_of(without_series)
    with pytest.raises(ProviderUnavailable, match="a part of MusicBrainz only"):
        await provider.series(NO_SUCH)


async def test_nor_may_one_that_is_held_up(
    provider_of: ProviderOf, edge_catalogue: Database
) -> None:
    provider = await provider_of(edge_catalogue)
    for table in ("series", "l_release_group_series"):
        async with locked(edge_catalogue, table):
            with pytest.raises(ProviderUnavailable):
                await provider.series(SERIES)
    assert await provider.series(SERIES) == [INKWELL, TYPELESS]


async def test_the_series_of_musicbrainz_own_test_data(
    provider_of: ProviderOf, dump_test: Database
) -> None:
    provider = await provider_of(dump_test)
    async with operator(dump_test) as connection:
        rows = await connection.fetch("SELECT gid::text FROM series WHERE type = 1")
    known = {row["gid"]: await provider.series(row["gid"]) for row in rows}
    assert len(known) > 3
    assert all(known.values())
    assert sum(albums == [DARK_SIDE] for albums in known.values()) == 2
