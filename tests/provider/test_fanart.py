from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.provider.fanart import FanArtTvProvider
from tests.clock import ManualClock
from tests.internet.fanart import API_KEY, CLIENT_KEY, Fanart
from tests.provider.conftest import UNAVAILABLE, told

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ARTIST = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
ALBUM = "1b022e01-4da6-387b-8658-8678046e4cef"


def image(url: str, likes: Any = "0") -> dict[str, Any]:
    return {"id": "1", "url": url, "likes": likes}


def answers(internet: Internet, **images: list[dict[str, Any]]) -> None:
    body = {"name": "Nirvana", "mbid_id": ARTIST, **images}
    internet.fanart.answers(json.dumps(body).encode())


@pytest.mark.parametrize("version", ["v3", "v3.1", "v3.2"])
async def test_an_album_is_told_in_every_version(
    version: str, source: Source[Any], internet: Internet
) -> None:
    album = internet.facts.album(ALBUM)
    provider = await source(FanArtTvProvider, FANART_URL=f"{internet.url}/fanart/{version}")
    assert await told(provider, f"album:{ALBUM}") == {
        "images": {
            "Cover": album.fanart["albumcover"][0]["url"],
            "Disc": album.fanart["cdart"][0]["url"],
        }
    }


@pytest.mark.parametrize("version", ["v3", "v3.2"])
async def test_what_is_said_of_an_artists_albums_comes_along(
    version: str, source: Source[Any], internet: Internet
) -> None:
    internet.facts.album(ALBUM)
    internet.facts.artist(ARTIST, albums=[ALBUM])
    provider = await source(FanArtTvProvider, FANART_URL=f"{internet.url}/fanart/{version}")
    both = await provider.records([f"artist:{ARTIST}"])
    assert internet.fanart.total == 1
    assert both[f"album:{ALBUM}"] == await told(provider, f"album:{ALBUM}")


@pytest.mark.parametrize("kind", ["artist", "album"])
@pytest.mark.parametrize("status", [200, 404])
async def test_unknown_is_nothing_in_both_forms(
    kind: str, status: int, source: Source[Any], internet: Internet
) -> None:
    internet.service(Fanart).unknown_status = status
    assert await told(await source(FanArtTvProvider), f"{kind}:{ARTIST}") is None


async def test_a_404_for_humans_is_no_word_that_nothing_is_there(
    source: Source[Any], internet: Internet
) -> None:
    internet.fanart.answers(b"<html>Not Found</html>", status=404, content_type="text/html")
    assert await told(await source(FanArtTvProvider), f"artist:{ARTIST}") == UNAVAILABLE


async def test_the_most_liked_image_that_has_an_address_wins(
    source: Source[Any], internet: Internet
) -> None:
    answers(
        internet,
        artistthumb=[image("https://a/1.jpg", "2"), image("https://a/2.jpg", "10"), image("", 99)],
        hdmusiclogo=[image("")],
        musiclogo=[image("https://a/logo.png")],
        musicbanner=[],
    )
    assert await told(await source(FanArtTvProvider), f"artist:{ARTIST}") == {
        "images": {"Poster": "https://a/2.jpg", "Logo": "https://a/logo.png"}
    }


async def test_both_keys_travel_as_headers(source: Source[Any], internet: Internet) -> None:
    provider = await source(FanArtTvProvider, FANART_CLIENT_KEY=CLIENT_KEY)
    await told(provider, f"artist:{ARTIST}")
    (asked,) = internet.fanart.requests
    assert (asked.headers["api-key"], asked.headers["client-key"]) == (API_KEY, CLIENT_KEY)
    assert not asked.query


async def test_200_at_once_keep_the_rate(source: Source[Any], internet: Internet) -> None:
    internet.knows_everything = True
    internet.fanart.delays(0.02)
    provider = await source(FanArtTvProvider, at=ManualClock())
    keys = [f"artist:{number:08}-0000-4000-8000-000000000000" for number in range(200)]
    assert len(await provider.records(keys)) == 60
    assert (internet.fanart.total, internet.fanart.most_at_once) == (60, 30)
