from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ConfigurationError, ProviderUnavailable
from lidarrmetadata.provider.apple import AppleChartProvider
from lidarrmetadata.provider.mixins import ChartPosition
from lidarrmetadata.settings import load_config
from tests.internet.apple import Apple

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ALBUMS = [
    ("Ada Quill", "Inkwell", "2003-07-09", "Rock"),
    ("Ben Rushlight", "Undated", ""),
    ("Ada Quill & Ben Rushlight", "Together - EP", "2009-01-01", "Pop"),
    ("Cleo Ampersand", "Sometime", "2003-07-09", "Rock"),
]


@pytest.fixture
def feed(internet: Internet) -> Apple:
    apple = internet.service(Apple)
    apple.holds(ALBUMS)
    return apple


async def titles(provider: AppleChartProvider, path: str, count: int = 50) -> list[str]:
    return [position.title for position in await provider.chart(path, count, {})]


@pytest.mark.parametrize("whose", ["apple-music", "itunes"])
async def test_the_most_played_albums_are_told_in_their_order(
    feed: Apple, source: Source[AppleChartProvider], whose: str
) -> None:
    provider = await source(AppleChartProvider)
    told = await provider.chart(f"{whose}/album/top", 2, {})
    assert told == [
        ChartPosition("Ada Quill", "Inkwell"),
        ChartPosition("Ben Rushlight", "Undated"),
    ]


@pytest.mark.parametrize("whose", ["apple-music", "itunes"])
async def test_new_are_the_latest_first_and_undated_ones_last(
    feed: Apple, source: Source[AppleChartProvider], whose: str
) -> None:
    provider = await source(AppleChartProvider)
    told = await titles(provider, f"{whose}/album/new")
    assert told == ["Together - EP", "Inkwell", "Sometime", "Undated"]
    assert await titles(provider, f"{whose}/album/new", 1) == ["Together - EP"]


async def test_never_more_is_asked_for_than_the_feed_has(
    feed: Apple, source: Source[AppleChartProvider]
) -> None:
    feed.holds([("Ada Quill", f"Volume {number}") for number in range(200)])
    provider = await source(AppleChartProvider)
    assert len(await titles(provider, "itunes/album/top", 200)) == 50


async def test_the_country_is_the_one_set(feed: Apple, source: Source[AppleChartProvider]) -> None:
    feed.holds([("Kraftwerk", "Autobahn")], country="de")
    provider = await source(AppleChartProvider, CHART_COUNTRY="DE")
    assert await titles(provider, "itunes/album/top") == ["Autobahn"]


@pytest.mark.parametrize("genre", ["Rock", " rock ", "1004"])
async def test_only_the_genre_that_is_set_is_shown_by_name_or_number(
    feed: Apple, source: Source[AppleChartProvider], genre: str
) -> None:
    provider = await source(AppleChartProvider, CHART_GENRE=genre)
    assert await titles(provider, "itunes/album/top") == ["Inkwell", "Sometime"]


@pytest.mark.parametrize("country", ["", "usa", "u", "u/", "..", "úk"])
def test_what_is_no_country_is_no_setting(country: str) -> None:
    with pytest.raises(ConfigurationError, match="CHART_COUNTRY"):
        load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, CHART_COUNTRY=country)


async def test_a_country_that_apple_does_not_know_is_no_empty_chart(
    feed: Apple, source: Source[AppleChartProvider]
) -> None:
    provider = await source(AppleChartProvider, CHART_COUNTRY="xx")
    with pytest.raises(ProviderUnavailable, match="404"):
        await provider.chart("itunes/album/top", 10, {})


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"{}",
        b'{"feed": null}',
        b'{"feed": {"results": {}}}',
        b'{"feed": {"results": [null]}}',
        b'{"feed": {"results": []}}',
        b'{"feed": {"results": [{"name": "Inkwell"}]}}',
        b'{"feed": {"results": [{"name": "Inkwell", "artistName": null}]}}',
        b'{"feed": {"results": [{"name": 7, "artistName": "Ada"}]}}',
        b'{"feed": {"results": [{"name": "A", "artistName": "B", "releaseDate": 7}]}}',
    ],
)
async def test_what_is_no_chart_is_no_answer(
    feed: Apple, source: Source[AppleChartProvider], body: bytes
) -> None:
    feed.answers(body)
    provider = await source(AppleChartProvider)
    for path in ("itunes/album/top", "itunes/album/new"):
        with pytest.raises(ProviderUnavailable, match="documented"):
            await provider.chart(path, 10, {})


async def test_genres_of_another_shape_are_no_answer(
    feed: Apple, source: Source[AppleChartProvider]
) -> None:
    feed.answers(b'{"feed": {"results": [{"name": "A", "artistName": "B", "genres": "Rock"}]}}')
    provider = await source(AppleChartProvider, CHART_GENRE="Rock")
    with pytest.raises(ProviderUnavailable, match="documented"):
        await provider.chart("itunes/album/top", 10, {})
