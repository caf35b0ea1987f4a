"""Charts are kept for a day, asked for once, and outlive their sources."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.cache import Entry
from lidarrmetadata.contract import violations
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from tests.api.test_faults import FAULTS
from tests.api.watched import home as home
from tests.api.watched import services_of
from tests.catalogue.edge_cases import ADA, BEN, INKWELL, INKWELL_MERGED, TOGETHER
from tests.eventually import eventually
from tests.internet.apple import Apple
from tests.internet.billboard import Billboard
from tests.internet.lastfm import LastFm
from tests.provider.conftest import HastyClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import Tools
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames
    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

SEARCHED = "tests.api.test_chart:SearchedCatalogue"
PATIENCE = 1.0  # seconds for a source
BUDGET = 0.3  # seconds for who can be served what is kept
GRACE = 2.0  # seconds above, on a machine that does other things as well
BLOCKED = 0.5  # seconds without an answer to anything: less than any source is waited for
A_DAY = 24 * 60 + 1  # minutes
CHARTS = {
    "apple": "itunes/album/top",
    "lastfm": "lastfm/album/top",
    "billboard": "billboard/album/top",
}
JSON_ONLY = {"wrong type", "wrong types"}


class SearchedCatalogue(MusicbrainzDbProvider):
    """The real one, which fails to find albums when told to."""

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self.fails = False

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        if self.fails:
            raise ProviderUnavailable("it cannot search now")
        return await super().search_albums(query, artist, limit)


@pytest.fixture
def clock() -> HastyClock:
    return HastyClock()


@pytest.fixture
def sources(internet: Internet) -> Internet:
    """Every album chart is of Inkwell."""
    internet.service(Apple).holds([("Ada Quill", "Inkwell")])
    internet.service(Billboard).holds([("Ada Quill", "Inkwell")], ["Ada Quill"])
    internet.service(LastFm).holds_albums([("Ada Quill", "Inkwell", "")], tag="all")
    return internet


@pytest.fixture
def settings(home: Place, sources: Internet) -> dict[str, Any]:
    timing = {"CHART_TIMEOUT": PATIENCE, "ANSWER_BUDGET": BUDGET}
    return {**home.settings(), **sources.settings(), **timing}


@pytest.fixture
async def server(client_of: MakeClient, clock: HastyClock, settings: dict[str, Any]) -> Client:
    return await client_of(clock, **settings)


async def chart(server: Client, path: str) -> list[str]:
    """The ids of a chart, which Lidarr takes, and which comes in time."""
    began = time.monotonic()
    response = await server.get(f"/chart/{path}")
    assert time.monotonic() - began < PATIENCE + GRACE
    body = await response.get_data()
    assert (response.status_code, violations("chart", body)) == (200, [])
    return [item.get("AlbumId") or item["ArtistId"] for item in await response.get_json()]


async def kept(home: Place, many: int = 1) -> None:
    """Wait until so many charts are kept."""

    async def are_kept() -> bool:
        return len(await home.kept("chart")) == many

    await eventually(are_kept)


@asynccontextmanager
async def answering(server: Client) -> AsyncIterator[None]:
    """While it answers somebody else all the time."""
    slowest = 0.0

    async def ask() -> None:
        nonlocal slowest
        while True:
            began = time.monotonic()
            assert (await server.get("/")).status_code == 200
            slowest = max(slowest, time.monotonic() - began)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.wait([asking])
    assert asking.cancelled()
    assert 0 < slowest < BLOCKED


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        (service, fault)
        for service in CHARTS
        for fault in FAULTS
        if service != "billboard" or fault not in JSON_ONLY  # its pages are no JSON
    ],
)
async def test_a_source_that_is_ill_blocks_nobody_and_the_last_chart_is_served(
    server: Client, sources: Internet, home: Place, clock: HastyClock, service: str, fault: str
) -> None:
    path, ill = CHARTS[service], sources.services[service]
    async with answering(server):
        FAULTS[fault](ill)
        assert await chart(server, path) == []  # there was none before

        ill.recovers()
        await clock.forward(minutes=6)
        assert await chart(server, path) == [INKWELL]
        await kept(home)

        FAULTS[fault](ill)
        for days in (1, 1, 400):
            await clock.forward(minutes=days * A_DAY)
            assert await chart(server, path) == [INKWELL]


@pytest.mark.parametrize("service", CHARTS)
async def test_a_source_that_refuses_connections_blocks_nobody(
    server: Client, sources: Internet, home: Place, clock: HastyClock, service: str
) -> None:
    async with answering(server):
        await chart(server, CHARTS[service])
        await kept(home)
        await sources.down()
        await clock.forward(minutes=A_DAY)
        assert await chart(server, CHARTS[service]) == [INKWELL]


async def test_a_chart_is_kept_for_a_day(
    server: Client, sources: Internet, home: Place, clock: HastyClock
) -> None:
    await chart(server, CHARTS["apple"])
    await kept(home)
    await clock.forward(minutes=21 * 60)
    sources.service(Apple).holds([("Ada Quill & Ben Rushlight", "Together")])
    assert await chart(server, CHARTS["apple"]) == [INKWELL]
    assert sources.apple.total == 1
    await clock.forward(minutes=3 * 60 + 1)
    assert await chart(server, CHARTS["apple"]) == [TOGETHER]


async def test_who_asks_for_the_same_at_once_is_answered_by_one_request(
    server: Client, sources: Internet
) -> None:
    sources.apple.delays(0.1)
    paths = [f"itunes/album/top?count={count}" for count in range(1, 21)]
    lists = await asyncio.gather(*(chart(server, path) for path in paths))
    assert lists == [[INKWELL]] * 20
    assert sources.apple.total == 1


async def test_a_source_that_has_failed_is_left_alone_for_five_minutes(
    server: Client, sources: Internet, clock: HastyClock
) -> None:
    sources.apple.fails_with(403)
    assert await chart(server, CHARTS["apple"]) == []
    sources.apple.recovers()
    await clock.forward(minutes=4)
    assert await chart(server, CHARTS["apple"]) == []
    assert sources.apple.total == 1
    await clock.forward(minutes=2)
    assert await chart(server, CHARTS["apple"]) == [INKWELL]


async def test_shared_caches_keep_what_a_source_has_not_said_for_minutes_only(
    server: Client, sources: Internet, home: Place, clock: HastyClock
) -> None:
    async def shared() -> str:
        return (await server.get("/chart/itunes/album/top")).headers["Cache-Control"]

    sources.apple.fails_with(403)
    assert await shared() == "public, s-maxage=300, max-age=0"
    sources.recovers()
    await clock.forward(minutes=6)
    assert await shared() == "public, s-maxage=3600, max-age=0"
    await kept(home)
    await clock.forward(minutes=A_DAY)
    sources.apple.fails_with(403)
    assert await shared() == "public, s-maxage=300, max-age=0"


async def test_who_can_be_served_what_is_kept_does_not_wait_for_a_slow_source(
    server: Client, sources: Internet, home: Place, clock: HastyClock
) -> None:
    await chart(server, CHARTS["apple"])
    await kept(home)
    await clock.forward(minutes=A_DAY)
    sources.service(Apple).holds([("Ada Quill & Ben Rushlight", "Together")])
    sources.apple.delays(BUDGET + 0.2)
    assert await chart(server, CHARTS["apple"]) == [INKWELL]

    async def is_new() -> bool:
        return await chart(server, CHARTS["apple"]) == [TOGETHER]

    await eventually(is_new)
    assert sources.apple.total == 2


@pytest.mark.parametrize("found", [[], [("Nobody at All", "No Such Album")]])
async def test_a_chart_of_nothing_does_not_take_the_place_of_one(
    server: Client, sources: Internet, home: Place, clock: HastyClock, found: Any
) -> None:
    path = "lastfm/album/top?tag=all"
    assert await chart(server, path) == [INKWELL]
    await kept(home)
    await clock.forward(minutes=A_DAY)
    sources.service(LastFm).holds_albums([(*album, "") for album in found], tag="all")
    assert await chart(server, path) == [INKWELL]


async def test_a_catalogue_that_cannot_search_leaves_the_last_chart(
    client_of: MakeClient, home: Place, settings: dict[str, Any], clock: HastyClock
) -> None:
    server = await client_of(clock, **{**settings, "PROVIDERS": [SEARCHED, "apple"]})
    (catalogue,) = services_of(server).providers.having(SearchedCatalogue)
    catalogue.fails = True
    assert await chart(server, CHARTS["apple"]) == []
    catalogue.fails = False
    await clock.forward(minutes=6)
    assert await chart(server, CHARTS["apple"]) == [INKWELL]
    await kept(home)
    await clock.forward(minutes=A_DAY)
    catalogue.fails = True
    assert await chart(server, CHARTS["apple"]) == [INKWELL]


async def test_a_chart_outlives_the_server(
    client_of: MakeClient, sources: Internet, home: Place, settings: dict[str, Any]
) -> None:
    await chart(await client_of(HastyClock(), **settings), CHARTS["apple"])
    await kept(home)
    sources.apple.fails_with(403)
    later = HastyClock()
    await later.forward(minutes=30 * A_DAY)
    assert await chart(await client_of(later, **settings), CHARTS["apple"]) == [INKWELL]


@pytest.mark.parametrize(
    "planted", [None, [], {}, "text", [None], [["AlbumId"]], [{"ArtistId": 7, "ArtistName": "A"}]]
)
async def test_what_somebody_else_has_left_there_is_asked_for_anew(
    server: Client, home: Place, clock: HastyClock, planted: Any
) -> None:
    await chart(server, CHARTS["apple"])
    await kept(home)
    (key,) = await home.kept("chart")
    due = (await services_of(server).store.get_many("chart", [key]))[key].expires
    await services_of(server).store.put_many("chart", {key: Entry(planted, due)})
    assert await chart(server, CHARTS["apple"]) == [INKWELL]


async def test_another_country_or_genre_is_another_chart(
    client_of: MakeClient, sources: Internet, settings: dict[str, Any], clock: HastyClock
) -> None:
    apple = sources.service(Apple)
    apple.holds([("Ada Quill & Ben Rushlight", "Together", "", "Pop")], country="gb")
    assert await chart(await client_of(clock, **settings), CHARTS["apple"]) == [INKWELL]
    british = {**settings, "CHART_COUNTRY": "gb"}
    assert await chart(await client_of(clock, **british), CHARTS["apple"]) == [TOGETHER]
    rock = await client_of(clock, **{**british, "CHART_GENRE": "rock"})
    assert await chart(rock, CHARTS["apple"]) == []


async def test_users_and_tags_have_charts_of_their_own_whatever_their_case(
    server: Client, sources: Internet
) -> None:
    lastfm = sources.service(LastFm)
    lastfm.holds_albums([("Ada Quill & Ben Rushlight", "Together", "")], user="all")
    assert await chart(server, "lastfm/album/top?user=all") == [TOGETHER]
    assert await chart(server, "lastfm/album/top?tag=all") == [INKWELL]
    assert await chart(server, "lastfm/album/top?tag=ALL") == [INKWELL]
    assert lastfm.total == 2


async def test_an_id_counts_if_it_is_of_what_is_named(server: Client, sources: Internet) -> None:
    sources.service(LastFm).holds_albums(
        [
            ("Ada Quill", "Ink Well", INKWELL_MERGED),
            ("Ada Quill & Ben Rushlight", "Together", INKWELL),
            ("Nobody at All", "No Such Album", TOGETHER),
        ],
        tag="all",
    )
    assert await chart(server, "lastfm/album/top") == [INKWELL, TOGETHER]
    sources.service(LastFm).holds_artists(
        [("Miss Quill", BEN), ("Nobody at All", ADA), ("Ben Rushlight", BEN)]
    )
    assert await chart(server, "lastfm/artist/top") == [ADA, BEN]


async def test_documents_are_made_of_the_same_whether_there_are_charts_or_not(
    client_of: MakeClient, edge_catalogue: Database, internet: Internet
) -> None:
    base = {"DATABASE": edge_catalogue, **internet.settings(), "PROVIDERS": ["musicbrainz_db"]}
    without = await client_of(**base)
    charts = ["musicbrainz_db", "apple", "lastfm", "billboard"]
    having = await client_of(**{**base, "PROVIDERS": charts})
    names = [services_of(one).providers.names_in_documents for one in (without, having)]
    assert names == [["musicbrainz_db"]] * 2
