"""One image of each type, from the source that is preferred among those that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.api.images import best_images, usable_address
from tests.api.singers import COVER_IMAGE, DISC, SINGERS

if TYPE_CHECKING:
    from lidarrmetadata.documents import Image
    from tests.conftest import MakeClient
    from tests.internet import Internet

PATIENT = {"ANSWER_BUDGET": 20.0}


def image(kind: str, address: str) -> Image:
    return {"CoverType": kind, "Url": address, "remoteUrl": address}


def test_what_a_source_lacks_is_filled_from_the_next_and_last_from_the_catalogue() -> None:
    assert best_images(
        [
            {"Poster": "https://a.test/1.jpg"},
            {"Poster": "https://b.test/1.jpg", "Logo": "https://b.test/2.png"},
        ],
        [image("Logo", "https://c.test/2.png"), image("Cover", "https://c.test/3.jpg")],
        "",
    ) == [
        image("Cover", "https://c.test/3.jpg"),
        image("Logo", "https://b.test/2.png"),
        image("Poster", "https://a.test/1.jpg"),
    ]


def test_an_address_that_cannot_be_used_leaves_its_type_to_the_next_source() -> None:
    sources = [{"Poster": "https://a.test/1.webp"}, {"Poster": "https://b.test/1.gif"}]
    assert best_images(sources, [], "") == [image("Poster", "https://b.test/1.gif")]


@pytest.mark.parametrize("cache", ["https://images.test", "https://images.test/"])
def test_an_image_cache_goes_in_front_of_the_address_and_the_source_stays_known(
    cache: str,
) -> None:
    assert best_images([{"Poster": "https://a.test/1.jpg?w=9"}], [], cache) == [
        {
            "CoverType": "Poster",
            "Url": "https://images.test/https://a.test/1.jpg",
            "remoteUrl": "https://a.test/1.jpg",
        }
    ]


@pytest.mark.parametrize(
    ("address", "usable"),
    [
        ("https://a.test/1.jpg", "https://a.test/1.jpg"),
        ("http://a.test/1.jpeg", "http://a.test/1.jpeg"),
        ("https://a.test/1.PNG", "https://a.test/1.PNG"),
        ("https://a.test/1.gif?size=9&x=.webp#top", "https://a.test/1.gif"),
        ("https://a.test/1.webp?real=.jpg", ""),
        ("https://a.test/1.svg", ""),
        ("https://a.test/", ""),
        ("//a.test/1.jpg", ""),
        ("ftp://a.test/1.jpg", ""),
        ("a.test/1.jpg", ""),
        ("https://[a.test/1.jpg", ""),
        ("", ""),
    ],
)
def test_an_address_is_used_without_its_query_if_it_ends_as_lidarr_expects(
    address: str, usable: str
) -> None:
    assert usable_address(address) == usable


@pytest.mark.parametrize(
    ("order", "posters"),
    [
        (["fanart", "theaudiodb", "wikipedia"], "assets.fanart.tv"),
        (["theaudiodb", "fanart", "wikipedia"], "r2.theaudiodb.com"),
        (["wikipedia", "theaudiodb", "fanart"], "upload.wikimedia.org"),
    ],
)
async def test_the_order_of_the_providers_is_the_order_of_preference(
    client_of: MakeClient,
    known: Internet,
    settings: dict[str, Any],
    order: list[str],
    posters: str,
) -> None:
    known.facts.artist(SINGERS[0], wikidata="Q1000")  # whom everybody has a poster of
    server = await client_of(**{**settings, **PATIENT, "PROVIDERS": ["musicbrainz_db", *order]})
    images = {i["CoverType"]: i["Url"] for i in (await server.artist(SINGERS[0]))["images"]}
    assert images["Poster"].startswith(f"https://{posters}/")
    assert set(images) == {"Banner", "Fanart", "Logo", "Poster"}


async def test_the_cover_of_the_catalogue_fills_in_for_that_of_a_source(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    covers = {"albumcover": ["https://assets.fanart.tv/cover.jpg?v=2"]}
    known.facts.album(DISC, wikidata="Q1030", fanart=covers, tadb={})
    preferred = await client_of(**{**settings, **PATIENT})
    alone = await client_of(**{**settings, **PATIENT, "PROVIDERS": ["musicbrainz_db"]})
    assert (await preferred.album(DISC))["images"] == [
        image("Cover", "https://assets.fanart.tv/cover.jpg")
    ]
    (cover,) = (await alone.album(DISC))["images"]
    assert f"/{COVER_IMAGE}-" in cover["Url"]
