"""Hits are remembered as ids and scores, found once for all who ask, and by whoever can find."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.cache import Entry
from lidarrmetadata.errors import ProviderUnavailable, Unavailable
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from tests.api.watched import home as home
from tests.api.watched import services_of
from tests.catalogue.edge_cases import ADA, INKWELL
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.api.search import FoundId
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import Tools
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames
    from tests.changing import Place
    from tests.conftest import Client, MakeClient

SEARCHING = "tests.api.test_search:SearchedCatalogue"
A_MOMENT_AFTER = timedelta(hours=1, seconds=1)


class SearchedCatalogue(MusicbrainzDbProvider):
    """The real one, which notes what it is to find, and fails when told to."""

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self.searched: list[str] = []
        self.fails = False

    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        self._note(query)
        return await super().search_artists(query, limit)

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        self._note(query)
        return await super().search_albums(query, artist, limit)

    def _note(self, query: Query) -> None:
        self.searched.append(query.text)
        if self.fails:
            raise ProviderUnavailable("it cannot search now", 11)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server(client_of: MakeClient, home: Place, clock: ManualClock) -> Client:
    return await client_of(clock, **home.settings(), PROVIDERS=[SEARCHING])


def catalogue_of(server: Client) -> SearchedCatalogue:
    (found,) = services_of(server).providers.having(SearchedCatalogue)
    return found


async def find(server: Client, scope: Any, text: str, *, limit: int = 10) -> list[FoundId]:
    return await services_of(server).searches.find(scope, text, "", limit)


async def remembered(home: Place, many: int) -> None:
    """Wait until so many questions are remembered."""

    async def are_there() -> bool:
        return len(await home.kept("search")) == many

    await eventually(are_there)


async def test_what_was_found_is_remembered_for_an_hour(
    server: Client, home: Place, clock: ManualClock
) -> None:
    first = await find(server, "artist", "ada quill")
    await remembered(home, 1)
    assert await find(server, "artist", "Ada  QUILL") == first
    assert catalogue_of(server).searched == ["ada quill"]
    await clock.forward(minutes=61)
    await find(server, "artist", "ada quill")
    assert catalogue_of(server).searched == ["ada quill"] * 2


async def test_nothing_but_ids_and_scores_is_remembered(server: Client, home: Place) -> None:
    await find(server, "all", "ada quill inkwell")
    await remembered(home, 1)
    (key,) = await home.kept("search")
    entry = (await services_of(server).store.get_many("search", [key]))[key]
    assert isinstance(entry.value, list)
    assert entry.value[:2] == [["artist", ADA, 92], ["album", INKWELL, 92]]


async def test_lists_of_nearly_the_same_length_share_what_is_remembered(
    server: Client, home: Place
) -> None:
    ten = await find(server, "album", "ada quill", limit=10)
    await remembered(home, 1)
    assert await find(server, "album", "ada quill", limit=3) == ten[:3]
    assert len(catalogue_of(server).searched) == 1


async def test_who_asks_the_same_at_once_is_answered_by_one_search(server: Client) -> None:
    lists = await asyncio.gather(*(find(server, "artist", "ada quill") for _ in range(20)))
    assert catalogue_of(server).searched == ["ada quill"]
    assert all(hits == lists[0] for hits in lists)


async def test_when_nothing_can_search_what_was_found_before_is_served(
    server: Client, home: Place, clock: ManualClock
) -> None:
    first = await find(server, "artist", "ada quill")
    await remembered(home, 1)
    await clock.forward(minutes=24 * 60)
    catalogue_of(server).fails = True
    assert await find(server, "artist", "ada quill") == first
    with pytest.raises(Unavailable, match="cannot search now") as raised:
        await find(server, "artist", "ben rushlight")
    assert raised.value.retry_after == 11


async def test_that_nothing_can_search_is_no_empty_list(server: Client) -> None:
    catalogue_of(server).fails = True
    response = await server.get("/search?type=artist&query=ada%20quill")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "11")
    assert set(await response.get_json()) == {"error"}


@pytest.mark.parametrize(
    "planted", [None, {}, "text", [["artist"]], [["label", ADA, 9]], [["artist", 7, 9]], [[]]]
)
async def test_what_somebody_else_has_left_there_is_found_anew(
    server: Client, home: Place, clock: ManualClock, planted: Any
) -> None:
    first = await find(server, "artist", "ada quill")
    await remembered(home, 1)
    (key,) = await home.kept("search")
    entry = Entry(planted, clock.now() + A_MOMENT_AFTER)
    await services_of(server).store.put_many("search", {key: entry})
    assert await find(server, "artist", "ada quill") == first
