from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.billboard import BillboardProvider
from lidarrmetadata.provider.mixins import ChartPosition
from lidarrmetadata.settings import load_config
from tests.internet.billboard import Billboard

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ALBUMS, ARTISTS = "billboard/album/top", "billboard/artist/top"


@pytest.fixture
def site(internet: Internet) -> Billboard:
    billboard = internet.service(Billboard)
    billboard.holds(
        albums=[("Ada Quill & Ben", "Ink <well>"), ("", "Nobody's"), ("Ben Rushlight", "Live")],
        artists=["Ada Quill", "Ben Rushlight"],
    )
    return billboard


async def test_it_is_off_without_an_address() -> None:
    environ = {"LIDARR_METADATA_CONFIG": "TEST"}
    assert BillboardProvider.enabled(load_config(environ=environ))
    assert not BillboardProvider.enabled(load_config(environ=environ, BILLBOARD_URL=""))


async def test_albums_are_told_in_their_order_but_those_of_nobody(
    site: Billboard, source: Source[BillboardProvider]
) -> None:
    assert await (await source(BillboardProvider)).chart(ALBUMS, 200, {}) == [
        ChartPosition("Ada Quill & Ben", "Ink <well>"),
        ChartPosition("Ben Rushlight", "Live"),
    ]


async def test_artists_are_told_in_their_order(
    site: Billboard, source: Source[BillboardProvider]
) -> None:
    assert await (await source(BillboardProvider)).chart(ARTISTS, 200, {}) == [
        ChartPosition("Ada Quill"),
        ChartPosition("Ben Rushlight"),
    ]


async def test_so_many_are_told_as_are_wanted(
    site: Billboard, source: Source[BillboardProvider]
) -> None:
    site.holds(artists=[f"Artist {number}" for number in range(100)])
    told = await (await source(BillboardProvider)).chart(ARTISTS, 60, {})
    assert [position.artist for position in told] == [f"Artist {number}" for number in range(60)]


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html><body><h3 id='title-of-a-story'>Not now</h3></body></html>",
        b"<ul class='o-chart-results-list-row'></ul>",
        b"<ul class='o-chart-results-list-row'><li><h3 id='title-of-a-story'> </h3></li></ul>",
        b"\xff\xfe\x00",
        b"<ul class='o-chart-results-list-row'>" * 300,
    ],
)
async def test_a_page_without_a_chart_is_no_empty_chart(
    site: Billboard, source: Source[BillboardProvider], page: bytes
) -> None:
    site.answers(page, content_type="text/html")
    with pytest.raises(ProviderUnavailable, match="documented"):
        await (await source(BillboardProvider)).chart(ALBUMS, 10, {})


async def test_a_page_that_is_gone_is_no_empty_chart(
    site: Billboard, source: Source[BillboardProvider]
) -> None:
    site.fails_with(404)
    with pytest.raises(ProviderUnavailable, match="404"):
        await (await source(BillboardProvider)).chart(ALBUMS, 10, {})
