"""The Solr of the replay server answers as MusicBrainz' does, and refuses what that would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import aiohttp
import pytest

from lidarrmetadata.search.names import AlbumNames, ArtistNames
from tests.internet.lucene import QuerySyntaxError, parse
from tests.internet.solr import Solr

if TYPE_CHECKING:
    from tests.internet import Internet

AGENT = {"User-Agent": "LidarrMetadataServer/1.0 (operator@example.org)"}
MANY = 50_000


def _id(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture
def solr(internet: Internet) -> Solr:
    solr = internet.service(Solr)
    solr.holds(
        [
            ArtistNames(_id(1), "Low", "Low", (), 50),
            ArtistNames(_id(2), "Low", "Low", (), 900),
            ArtistNames(_id(3), "Low Roar", "Low Roar", ("Ryan",), 5000),
        ],
        [
            AlbumNames(_id(11), "Double Negative", _id(1), (), ("Low",), 10),
            AlbumNames(_id(12), "Double", _id(3), (), ("Low Roar",), 10),
        ],
    )
    return solr


async def get(internet: Internet, path: str, **query: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(headers=AGENT) as session,
        session.get(f"{internet.url}/solr/{path}", params=query) as response,
    ):
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


def test_nobody_is_sent_there_before_it_holds_something(internet: Internet) -> None:
    assert "SOLR_URL" not in internet.settings()
    internet.service(Solr).holds()
    assert internet.settings()["SOLR_URL"] == f"{internet.url}/solr"


async def test_the_very_name_comes_first_and_of_two_the_better_known(
    solr: Solr, internet: Internet
) -> None:
    _, answer = await get(internet, "artist/select", q="LOW")
    found = [(entry["id"], entry["score"] == 100) for entry in answer["artists"]]
    assert found == [(_id(2), True), (_id(1), False), (_id(3), False)]
    assert answer["count"] == 3


async def test_a_solr_without_mbjson_tells_ids_and_scores(solr: Solr, internet: Internet) -> None:
    solr.knows_mbjson = False
    _, answer = await get(internet, "artist/select", q="ryan", wt="mbjson", fl="mbid,score")
    (doc,) = answer["response"]["docs"]
    assert doc["mbid"] == _id(3)
    assert set(doc) == {"mbid", "score"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("(double)", {11, 12}),
        ('(double negative) AND (artist:"low roar")', {12}),
        ('(double) AND (artist:"roar low" OR artistname:"x")', set()),
        ("+(negative) (artist:low)", {11}),
        ("+double -negative", {12}),
        ("double NOT negative", {12}),
        ("double AND negative", {11}),
        (r"double\-negative", {11, 12}),
    ],
)
async def test_lucene_s_syntax_is_understood(
    query: str, found: set[int], solr: Solr, internet: Internet
) -> None:
    status, answer = await get(internet, "release-group/advanced", q=query)
    assert status == 200
    assert {entry["id"] for entry in answer["release-groups"]} == set(map(_id, found))


@pytest.mark.parametrize(
    "query",
    [
        *('"', "(", ")", "()", "a AND", "AND a", "a/b", "a:", "a*", "a?", "a~", "a^2", "[a TO b]"),
        *("{!func}a", "a && b", "a||b", "\\", "--a", '(a) AND (artist:"b)', "nonsense:a"),
    ],
)
async def test_syntax_where_a_name_belongs_is_refused(
    query: str, solr: Solr, internet: Internet
) -> None:
    status, answer = await get(internet, "release-group/advanced", q=query)
    assert (status, answer["error"]["code"]) == (400, 400)
    assert internet.violations
    internet.violations.clear()


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("artist/select", {"q": " "}, 400),
        ("artist/select", {"q": "a\0"}, 400),
        ("artist/select", {"q": "a", "rows": "-1"}, 400),
        ("artist/select", {"q": "a", "rows": "5000"}, 400),
        ("artist/select", {"q": "a", "fl": "mbid,score"}, 500),
        ("artist/select", {"q": "a " * 100}, 400),
        ("artist/select", {"q": "漢" * 900}, 414),
        ("artists/select", {"q": "a"}, 404),
        ("artist/query", {"q": "a"}, 404),
    ],
)
async def test_what_solr_would_refuse_is_refused(
    path: str, query: dict[str, str], status: int, solr: Solr, internet: Internet
) -> None:
    assert (await get(internet, path, **query))[0] == status
    assert internet.violations
    internet.violations.clear()


def test_an_escaped_query_is_one_text() -> None:
    ((_, text),) = parse(r"\(\"a\"\:\ \*\)").clauses
    assert text.text == '("a": *)'  # type: ignore[union-attr]
    with pytest.raises(QuerySyntaxError):
        parse("")


def test_fifty_thousand_artists_are_searched_in_milliseconds(internet: Internet) -> None:
    solr = internet.service(Solr)
    solr.holds(ArtistNames(_id(n), f"The {n % 977} Band {n}", "", (), n) for n in range(MANY))
    collection = solr._collections["artist"]
    begin = time.perf_counter()
    found = collection.best(collection.select("the band 4711"), 50)
    assert time.perf_counter() - begin < 0.5  # every artist has two of the words
    assert found[0][0].name == "The 803 Band 4711"
    begin = time.perf_counter()
    (only,) = collection.best(collection.select("4712"), 50)
    assert time.perf_counter() - begin < 0.02
    assert only[0].id == _id(4712)
