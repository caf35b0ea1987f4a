from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.lastfm import LastFmProvider
from lidarrmetadata.provider.mixins import ChartPosition
from lidarrmetadata.settings import load_config
from tests.clock import ManualClock
from tests.internet.lastfm import API_KEY, LastFm

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ARTIST_ID = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
ALBUM_ID = "1b022e01-4da6-387b-8658-8678046e4cef"
ALBUMS, ARTISTS = "lastfm/album/top", "lastfm/artist/top"


@pytest.fixture
def site(internet: Internet) -> LastFm:
    """Every list it holds begins with another name."""
    lastfm = internet.service(LastFm)
    lastfm.holds_artists([("Ada Quill", ARTIST_ID), ("Ben Rushlight", "")])
    lastfm.holds_artists([("Reader", "")], user="RJ")
    lastfm.holds_artists([("Tagged", "")], tag="slow core")
    lastfm.holds_albums(
        [("Ada Quill", "Inkwell", ALBUM_ID.upper()), ("Ben", "Live", "no id")], tag="all"
    )
    lastfm.holds_albums([("Reader", "Read", "")], user="RJ")
    lastfm.holds_albums([("Tagged", "Tag", "")], tag="slow core")
    return lastfm


async def test_it_is_off_without_a_key() -> None:
    environ = {"LIDARR_METADATA_CONFIG": "TEST"}
    assert not LastFmProvider.enabled(load_config(environ=environ))
    assert LastFmProvider.enabled(load_config(environ=environ, LASTFM_API_KEY=API_KEY))


async def test_everybodys_artists_come_with_their_ids(
    site: LastFm, source: Source[LastFmProvider]
) -> None:
    provider = await source(LastFmProvider)
    assert await provider.chart(ARTISTS, 10, {}) == [
        ChartPosition("Ada Quill", artist_id=ARTIST_ID),
        ChartPosition("Ben Rushlight"),
    ]


async def test_everybodys_albums_come_with_their_ids_and_what_is_no_id_is_none(
    site: LastFm, source: Source[LastFmProvider]
) -> None:
    provider = await source(LastFmProvider)
    assert await provider.chart(ALBUMS, 10, {}) == [
        ChartPosition("Ada Quill", "Inkwell", album_id=ALBUM_ID),
        ChartPosition("Ben", "Live"),
    ]


@pytest.mark.parametrize(
    ("path", "wish", "first"),
    [
        (ARTISTS, {"user": "rj"}, ChartPosition("Reader")),
        (ARTISTS, {"tag": "slow core"}, ChartPosition("Tagged")),
        (ALBUMS, {"user": "rj"}, ChartPosition("Reader", "Read")),
        (ALBUMS, {"tag": "slow core"}, ChartPosition("Tagged", "Tag")),
        (ALBUMS, {"user": "rj", "tag": "slow core"}, ChartPosition("Reader", "Read")),
    ],
)
async def test_a_user_or_a_tag_has_charts_of_its_own(
    site: LastFm,
    source: Source[LastFmProvider],
    path: str,
    wish: dict[str, str],
    first: ChartPosition,
) -> None:
    assert (await (await source(LastFmProvider)).chart(path, 10, wish))[0] == first


async def test_so_many_are_told_as_are_wanted(site: LastFm, source: Source[LastFmProvider]) -> None:
    site.holds_artists([(f"Artist {number}", "") for number in range(300)])
    assert len(await (await source(LastFmProvider)).chart(ARTISTS, 200, {})) == 200


@pytest.mark.parametrize("wish", [{"user": "nobody"}, {"tag": "nothing"}])
@pytest.mark.parametrize("path", [ALBUMS, ARTISTS])
async def test_a_user_or_tag_that_there_is_not_has_an_empty_chart(
    site: LastFm, source: Source[LastFmProvider], path: str, wish: dict[str, str]
) -> None:
    provider = await source(LastFmProvider)
    assert await provider.chart(path, 10, wish) == []
    site.says(6)  # as it may say with status 200
    assert await provider.chart(path, 10, wish) == []


@pytest.mark.parametrize("error", [10, 26])
async def test_a_key_that_is_refused_is_named_as_the_cause(
    site: LastFm, source: Source[LastFmProvider], error: int
) -> None:
    site.says(error)
    with pytest.raises(ProviderUnavailable, match="key") as raised:
        await (await source(LastFmProvider)).chart(ARTISTS, 10, {})
    assert API_KEY not in str(raised.value)


async def test_a_wrong_key_is_named_as_the_cause(
    site: LastFm, source: Source[LastFmProvider], internet: Internet
) -> None:
    provider = await source(LastFmProvider, LASTFM_API_KEY="wrong")
    with pytest.raises(ProviderUnavailable, match="key"):
        await provider.chart(ARTISTS, 10, {})
    internet.violations.clear()


async def test_having_asked_too_much_makes_us_leave_it_alone_for_a_minute(
    site: LastFm, source: Source[LastFmProvider]
) -> None:
    site.says(29, times=1)
    clock = ManualClock()
    provider = await source(LastFmProvider, at=clock)
    for path in (ARTISTS, ALBUMS):
        with pytest.raises(ProviderUnavailable):
            await provider.chart(path, 10, {})
    assert site.total == 1
    await clock.forward(seconds=61)
    assert len(await provider.chart(ALBUMS, 10, {})) == 2


@pytest.mark.parametrize("error", [8, 11, 16])
async def test_what_may_be_over_in_a_moment_is_tried_again(
    site: LastFm, source: Source[LastFmProvider], error: int
) -> None:
    site.says(error, times=1)
    assert len(await (await source(LastFmProvider)).chart(ARTISTS, 10, {})) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"{}",
        b'{"error": null}',
        b'{"error": [6]}',
        b'{"error": "6"}',
        b'{"error": 99}',
        b'{"artists": null}',
        b'{"artists": {}}',
        b'{"artists": {"artist": {"name": "Ada"}}}',
        b'{"artists": {"artist": [null]}}',
        b'{"artists": {"artist": [{"name": null}]}}',
        b'{"artists": {"artist": [{"name": "Ada", "mbid": 7}]}}',
    ],
)
async def test_what_is_no_chart_is_no_answer(
    site: LastFm, source: Source[LastFmProvider], body: bytes
) -> None:
    site.answers(body)
    with pytest.raises(ProviderUnavailable):
        await (await source(LastFmProvider)).chart(ARTISTS, 10, {})
