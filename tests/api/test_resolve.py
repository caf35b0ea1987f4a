"""Names that others use, as MusicBrainz ids: the very thing, or nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.api import resolve
from lidarrmetadata.errors import ProviderUnavailable, Unavailable
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.mixins import Listed
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.settings import load_config
from tests import dumps
from tests.api.watched import services_of
from tests.catalogue.builder import Catalogue
from tests.catalogue.edge_cases import VARIOUS_ARTISTS
from tests.catalogue.entities import mbid_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames
    from lidarrmetadata.services import Services
    from tests.conftest import MakeClient
    from tests.dumps import Database

NOTING = "tests.api.test_resolve:NotingCatalogue"
RATIO = 0.8
AT_ONCE = 16
MANY = 60


class NotingCatalogue(MusicbrainzDbProvider):
    """The real one, which notes how it is asked, and fails when told to."""

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self.named: list[int] = []
        """How many names each question was for."""
        self.most_at_once = 0
        self.fails_to_find: frozenset[str] = frozenset()
        self.fails_to_name = False
        self._at_once = 0

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if query.text in self.fails_to_find:
                raise ProviderUnavailable("it cannot search now", 11)
            return await super().search_albums(query, artist, limit)
        finally:
            self._at_once -= 1

    async def listed_albums(self, mbids: Sequence[str]) -> dict[str, Listed]:
        self.named.append(len(mbids))
        if self.fails_to_name:
            raise ProviderUnavailable("it cannot name anything now", 12)
        return await super().listed_albums(mbids)


def library() -> Catalogue:
    catalogue = Catalogue()
    ada = catalogue.artist("Ada Quill")
    catalogue.alias(ada, "Ада Квилл", "ru", primary=True)
    ben = catalogue.artist("Ben Rushlight")
    sigur = catalogue.artist("Sigur Rós")
    various = catalogue.artist("Various Artists", mbid=VARIOUS_ARTISTS, kind="Other")
    albums = [
        catalogue.release_group(ada, "Inkwell", date="2003-07"),
        catalogue.release_group(ben, "Inkwell", mbid=mbid_of("release_group", "Ben's Inkwell")),
        catalogue.release_group(ada, "Greatest Hits, Volume 2"),
        catalogue.release_group(ada, "Greatest Hits II"),
        catalogue.release_group(ada, "The Long Way Home"),
        catalogue.release_group(sigur, "Ágætis byrjun"),
        catalogue.release_group([ada, " & ", ben], "Together"),
        catalogue.release_group(various, "Everyone on One Disc"),
    ]
    for album in albums:
        catalogue.medium(catalogue.release(album, f"{album.name} of {album.mbid}"), "Song")
    return catalogue


@pytest.fixture(scope="module")
def library_catalogue(postgres: PostgresAddress) -> Database:
    return dumps.create(postgres, "library", library().write)


@pytest.fixture(scope="module")
def indexed(
    library_catalogue: Database, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Settings of a server that searches the library by an index."""
    settings = {
        "DATABASE": library_catalogue,
        "SEARCH_BACKEND": "index",
        "SEARCH_INDEX_DIR": str(tmp_path_factory.mktemp("index")),
    }

    async def make() -> None:
        config = load_config(environ={}, **settings)
        provider = MusicbrainzDbProvider(config, Tools.of_this_process(SystemClock()))
        await provider.open()
        try:
            await build(provider, IndexFolder.of(config), memory=config.SEARCH_INDEX_MEMORY)
        finally:
            await provider.close()

    asyncio.run(make())
    return settings


@pytest.fixture
async def services(client_of: MakeClient, indexed: dict[str, Any]) -> Services:
    return services_of(await client_of(**indexed))


async def album(services: Services, artist: str, title: str, ratio: float = RATIO) -> str | None:
    (found,) = await resolve.albums(services, [(artist, title)], ratio)
    return None if found is None else found.album


def group(name: str) -> str:
    return mbid_of("release_group", name)


async def test_albums_are_told_apart_by_their_artists(services: Services) -> None:
    found = await resolve.albums(
        services,
        [("Ben Rushlight", "Inkwell"), ("Ada Quill", "Inkwell"), ("Sigur Rós", "Inkwell")],
        RATIO,
    )
    bens, adas = group("Ben's Inkwell"), group("Inkwell")
    ada, ben = mbid_of("artist", "Ada Quill"), mbid_of("artist", "Ben Rushlight")
    assert found == [
        Listed(bens, "Inkwell", ben, "Ben Rushlight", None),
        Listed(adas, "Inkwell", ada, "Ada Quill", "2003-07-01"),
        None,
    ]


@pytest.mark.parametrize(
    ("artist", "title", "expected"),
    [
        ("ADA QUILL", "inkwell", "Inkwell"),
        ("Ada Quill", "Inkwell (Deluxe Edition)", "Inkwell"),
        ("Ada Quill", "Inkwell [2011 Remastered]", "Inkwell"),
        ("Ada Quill", "Inkwell - EP", "Inkwell"),
        ("Ada Quill", "Inkwell (feat. Ben Rushlight) - Single", "Inkwell"),
        ("Ada Quill", "Inkwel", "Inkwell"),
        ("Ada Quil", "Inkwell", "Inkwell"),
        ("Ada Quill", "Long Way Home", "The Long Way Home"),
        ("sigur ros", "Agaetis Byrjun", "Ágætis byrjun"),
        ("Ада Квилл", "Inkwell", "Inkwell"),
        ("Ada Quill & Ben Rushlight", "Together", "Together"),
        ("Ben Rushlight", "Together", "Together"),
        ("Ada Quill", "Greatest Hits, Vol. 2", "Greatest Hits, Volume 2"),
        ("Various Artists", "Everyone on One Disc", "Everyone on One Disc"),
    ],
)
async def test_other_spellings_are_the_same_album(
    services: Services, artist: str, title: str, expected: str
) -> None:
    assert await album(services, artist, title) == group(expected)


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Ada Quill", "Greatest Hits, Volume 3"),
        ("Ada Quill", "Greatest Hits III"),
        ("Ada Quill", "Another Way Back"),
        ("Ada Quill", "Home"),
        ("Somebody Else", "The Long Way Home"),
        ("Various Artists", "Inkwell"),
        ("Ada Quill", ""),
        ("", "The Long Way Home"),
        ("", ""),
        ("\0", "\0"),
        ("Ada Quill", "x" * 10_000),
        ("Ada Quill", " " * 100_000 + "x"),
        ("x" * 10_000, "Inkwell"),
        ("海", "!!!"),
    ],
)
async def test_what_is_only_like_it_is_not_taken_for_it(
    services: Services, artist: str, title: str
) -> None:
    assert await album(services, artist, title) is None


async def test_how_much_alike_names_have_to_be_is_told(services: Services) -> None:
    assert await album(services, "Ada Quill", "Inkwel", 0.9) == group("Inkwell")
    assert await album(services, "Ada Quill", "Inkwel", 0.95) is None
    assert await album(services, "Ada Quill", "Inkwell", 1.0) == group("Inkwell")


async def test_artists_are_known_by_name_and_alias(services: Services) -> None:
    ada = (mbid_of("artist", "Ada Quill"), "Ada Quill")
    sigur = (mbid_of("artist", "Sigur Rós"), "Sigur Rós")
    assert await resolve.artists(
        services,
        ["sigur ros", "Ада Квилл", "Somebody Else", "Various Artists", "Ada Quil", "Ada", ""],
        RATIO,
    ) == [sigur, ada, None, None, ada, None, None]


async def test_nothing_is_asked_about_nothing(services: Services) -> None:
    assert await resolve.albums(services, [], RATIO) == []
    assert await resolve.artists(services, [], RATIO) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Inkwell", "INKWELL", True),
        ("Inkwell (Deluxe Edition)", "Inkwell", True),
        ("Inkwell", "Inkwell [Remastered]", True),
        ("AC/DC", "ACDC", True),
        ("Maroon5", "Maroon 5", True),
        ("!!!", "!!!", True),
        ("!!!", "???", False),
        ("Blink-182", "Blink 183", False),
        ("1989", "1988", False),
        ("海", "空", False),
        ("Inkwell", "", False),
    ],
)
def test_names_are_alike_or_not(one: str, other: str, alike: bool) -> None:
    assert resolve.are_alike(one, other, RATIO) is alike
    assert resolve.are_alike(other, one, RATIO) is alike


@pytest.fixture
async def noting(client_of: MakeClient, library_catalogue: Database) -> Services:
    return services_of(await client_of(DATABASE=library_catalogue, PROVIDERS=[NOTING]))


def catalogue_of(services: Services) -> NotingCatalogue:
    (found,) = services.providers.having(NotingCatalogue)
    return found


async def test_many_are_looked_for_at_once_and_named_by_one_question(noting: Services) -> None:
    wanted = [("Ada Quill", f"Unheard {number}") for number in range(MANY)]
    wanted += [("Ada Quill", "Inkwell"), ("Ben Rushlight", "Inkwell")]
    found = await resolve.albums(noting, wanted, RATIO)
    assert [one.album for one in found if one] == [group("Inkwell"), group("Ben's Inkwell")]
    assert catalogue_of(noting).most_at_once == AT_ONCE
    assert len(catalogue_of(noting).named) == 1


async def test_one_that_cannot_be_looked_for_is_no_harm_to_others(noting: Services) -> None:
    catalogue_of(noting).fails_to_find = frozenset(["Together"])
    found = await resolve.albums(
        noting, [("Ada Quill", "Together"), ("Ada Quill", "Inkwell")], RATIO
    )
    assert [one and one.album for one in found] == [None, group("Inkwell")]


async def test_that_nothing_can_be_looked_for_is_no_miss(noting: Services) -> None:
    catalogue_of(noting).fails_to_find = frozenset(["Together"])
    with pytest.raises(Unavailable, match="cannot search now") as raised:
        await resolve.albums(noting, [("Ada Quill", "Together")], RATIO)
    assert raised.value.retry_after == 11


async def test_that_nothing_can_be_named_is_no_miss(noting: Services) -> None:
    catalogue_of(noting).fails_to_name = True
    with pytest.raises(Unavailable, match="cannot name"):
        await resolve.albums(noting, [("Ada Quill", "Inkwell")], RATIO)


async def test_a_catalogue_that_is_down_is_no_miss(client_of: MakeClient) -> None:
    services = services_of(await client_of(DATABASE={"host": "127.0.0.1", "port": 1}))
    with pytest.raises(Unavailable):
        await resolve.albums(services, [("Ada Quill", "Inkwell")], RATIO)
    with pytest.raises(Unavailable):
        await resolve.artists(services, ["Ada Quill"], RATIO)
