from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.provider.solr import SolrProvider
from lidarrmetadata.resilience import BreakerOpen
from lidarrmetadata.search.matching import Query
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade
from lidarrmetadata.search.ranking import rank_albums, rank_artists
from tests.clock import ManualClock
from tests.internet.solr import Solr
from tests.provider.conftest import HastyClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.internet import Asked, Internet
    from tests.provider.conftest import Source


def _id(number: int) -> str:
    return str(UUID(int=number))


VARIOUS = "89ad4ac3-39f7-470e-963a-56509c546377"
NIRVANA, TRIBUTE, BEATLES, MIDDLE = map(_id, (1, 2, 3, 4))
NEVERMIND, COVERED, SONGS, BOX, TAPED = map(_id, (11, 12, 13, 14, 15))
ARTISTS = [
    ArtistNames(NIRVANA, "Nirvana", "Nirvana", ("ニルヴァーナ", "Nirvana US"), 900),
    ArtistNames(TRIBUTE, "Nirvana Tribute", "Nirvana Tribute", (), 5),
    ArtistNames(BEATLES, "The Beatles", "Beatles, The", ("Fab Four",), 999),
    ArtistNames(MIDDLE, "-M-", "-M-", (), 10),
    ArtistNames(VARIOUS, "Various Artists", "Various Artists", (), 9999),
]
ALBUMS = [
    AlbumNames(NEVERMIND, "Nevermind", NIRVANA, ("Never Mind",), ("Nirvana",), 900),
    AlbumNames(COVERED, "Nevermind", TRIBUTE, (), ("Nirvana Tribute",), 4),
    AlbumNames(SONGS, "Love Songs", BEATLES, (), ("Beatles", "The Beatles", "Fab Four"), 700),
    AlbumNames(BOX, "Love Songs", VARIOUS, (), ("Various Artists",), 9, Grade.COMPILATION),
    AlbumNames(TAPED, "Love Songs Live", BEATLES, (), ("The Beatles",), 3, Grade.BOOTLEG),
]
NOBODY = Query.of("")


@pytest.fixture
def solr(internet: Internet) -> Solr:
    """Solr with a few artists and albums."""
    solr = internet.service(Solr)
    solr.holds(ARTISTS, ALBUMS)
    return solr


async def artists(provider: SolrProvider, text: str, limit: int = 10) -> Sequence[ArtistNames]:
    return await provider.search_artists(Query.of(text), limit)


async def albums(
    provider: SolrProvider, text: str, artist: str = "", limit: int = 10
) -> Sequence[AlbumNames]:
    return await provider.search_albums(Query.of(text), Query.of(artist), limit)


def only(solr: Solr) -> Asked:
    (asked,) = solr.requests
    return asked


async def test_artists_are_found_with_all_their_names_in_the_order_of_solr(
    solr: Solr, source: Source[Any]
) -> None:
    found = await artists(await source(SolrProvider), "nirvana")
    assert found == [
        ArtistNames(NIRVANA, "Nirvana", "Nirvana", ("ニルヴァーナ", "Nirvana US"), renown=2),
        ArtistNames(TRIBUTE, "Nirvana Tribute", "Nirvana Tribute", (), renown=1),
    ]


async def test_albums_are_found_with_their_names_their_artists_and_their_grade(
    solr: Solr, source: Source[Any]
) -> None:
    found = await albums(await source(SolrProvider), "love songs")
    assert {album.id: (album.artist_id, album.grade) for album in found} == {
        SONGS: (BEATLES, Grade.OFFICIAL),
        BOX: (VARIOUS, Grade.COMPILATION),
        TAPED: (BEATLES, Grade.BOOTLEG),
    }
    assert found[0].title == "Love Songs"
    assert found[0].credits == ("Beatles", "The Beatles", "Fab Four")
    assert [album.renown for album in found] == [3, 2, 1]
    (first, _) = await albums(await source(SolrProvider), "nevermind")
    assert first.aliases == ("Never Mind",)


async def test_artists_are_asked_for_as_typed_at_select(solr: Solr, source: Source[Any]) -> None:
    await artists(await source(SolrProvider), 'AC/DC "Back: in" (Black)!')
    asked = only(solr)
    assert asked.path == "/solr/artist/select"
    assert asked.query == {
        "q": 'AC/DC "Back: in" (Black)!',
        "rows": "50",
        "wt": "mbjson",
        "fl": "mbid,score,_store",
    }


async def test_albums_without_an_artist_are_asked_for_as_typed_at_select(
    solr: Solr, source: Source[Any]
) -> None:
    await albums(await source(SolrProvider), "What's Going On?")
    assert only(solr).path == "/solr/release-group/select"
    assert only(solr).query["q"] == "What's Going On?"


async def test_an_album_of_an_artist_is_asked_for_in_lucene_s_syntax(
    solr: Solr, source: Source[Any]
) -> None:
    found = await albums(await source(SolrProvider), "nevermind", "Nirvana Tribute")
    assert [album.id for album in found] == [COVERED]
    assert only(solr).path == "/solr/release-group/advanced"
    by = (
        '(artist:"Nirvana Tribute" OR artistname:"Nirvana Tribute" OR creditname:"Nirvana Tribute")'
    )
    assert only(solr).query["q"] == f"(nevermind) AND {by}"


@pytest.mark.parametrize("sign", '+-&|!(){}[]^"~*?:\\/')
async def test_every_sign_of_lucene_s_is_escaped(
    sign: str, solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    await albums(provider, f"a{sign}b {sign}", f"{sign}c{sign}")
    assert (
        only(solr).query["q"].startswith(f'(a\\{sign}b \\{sign}) AND (artist:"\\{sign}c\\{sign}" ')
    )
    assert only(solr).status == 200


@pytest.mark.parametrize("title", ["AND", "OR NOT", "NOT Nevermind", "Nevermind AND", "Love OR"])
async def test_words_of_lucene_s_are_words(title: str, solr: Solr, source: Source[Any]) -> None:
    await albums(await source(SolrProvider), title, "Nirvana")
    kept = title.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
    assert only(solr).query["q"].startswith(f"({kept}) AND ")
    assert only(solr).status == 200


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("-M-", "M-"), ("Björk +live --demo", "Björk live demo"), ("Jay-Z", "Jay-Z"), ("+/-", "+/-")],
)
async def test_a_dash_before_a_word_excludes_nothing(
    typed: str, sent: str, solr: Solr, source: Source[Any]
) -> None:
    await artists(await source(SolrProvider), typed)
    assert only(solr).query["q"] == sent


async def test_an_artist_between_dashes_is_found(solr: Solr, source: Source[Any]) -> None:
    assert [artist.id for artist in await artists(await source(SolrProvider), "-m-")] == [MIDDLE]


async def test_no_parser_of_solr_s_can_be_chosen(solr: Solr, source: Source[Any]) -> None:
    await artists(await source(SolrProvider), "{!xmlparser v='<a/>'}nirvana")
    assert only(solr).query["q"] == "!xmlparser v='<a/>'}nirvana"


async def test_an_artist_is_found_with_an_article_they_are_credited_without(
    solr: Solr, source: Source[Any]
) -> None:
    found = await albums(await source(SolrProvider), "love songs", "the beatles")
    assert {album.id for album in found} == {SONGS, TAPED}


async def test_an_article_within_a_name_stays(solr: Solr, source: Source[Any]) -> None:
    await albums(await source(SolrProvider), "ocean rain", "Echo & the Bunnymen")
    assert 'artist:"Echo \\& the Bunnymen"' in only(solr).query["q"]


@pytest.mark.parametrize("anybody", ["Various Artists", "various", "VA"])
async def test_with_various_artists_everybody_s_albums_are_found(
    anybody: str, solr: Solr, source: Source[Any]
) -> None:
    found = await albums(await source(SolrProvider), "love songs", anybody)
    assert {album.id for album in found} == {SONGS, BOX, TAPED}
    if anybody == "Various Artists":
        assert found[0].id == BOX


@pytest.mark.parametrize("limit", [1, 50, 77, 100, 5000])
async def test_more_are_asked_for_than_are_wanted_but_no_end_of_them(
    limit: int, solr: Solr, source: Source[Any]
) -> None:
    await artists(await source(SolrProvider), "nirvana", limit)
    assert int(only(solr).query["rows"]) == min(max(limit, 50), 200)


@pytest.mark.parametrize("plain", [False, True])
async def test_special_purpose_artists_are_not_found(
    plain: bool, solr: Solr, source: Source[Any]
) -> None:
    solr.knows_mbjson = not plain
    special = [ArtistNames(mbid, "Various Nirvana") for mbid in SPECIAL_PURPOSE_ARTISTS]
    solr.holds([*special, ARTISTS[0]])
    found = await artists(await source(SolrProvider), "nirvana")
    assert [artist.id for artist in found] == [NIRVANA]


async def test_nothing_found_is_nothing_there(solr: Solr, source: Source[Any]) -> None:
    provider = await source(SolrProvider)
    for solr.knows_mbjson in (True, False):
        assert await artists(provider, "qwertzuiop") == []
        assert await albums(provider, "qwertzuiop") == []
        assert await albums(provider, "nevermind", "qwertzuiop") == []


# Plain JSON: ids and scores alone.


async def test_artists_of_a_plain_solr_keep_its_order(solr: Solr, source: Source[Any]) -> None:
    solr.knows_mbjson = False
    query = Query.of("Nirvana")
    candidates = await (await source(SolrProvider)).search_artists(query, 10)
    hits = rank_artists(query, reversed(candidates), 10)
    assert [hit.id for hit in hits] == [NIRVANA, TRIBUTE]


@pytest.mark.parametrize("by", ["", "the beatles", "various artists"])
async def test_albums_of_a_plain_solr_keep_its_order(
    by: str, solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    query, artist = Query.of("Love Songs"), Query.of(by)
    named = [album.id for album in await provider.search_albums(query, artist, 10)]
    solr.knows_mbjson = False
    candidates = await provider.search_albums(query, artist, 10)
    hits = rank_albums(query, artist, reversed(candidates), 10)
    assert len(named) > 1
    assert [hit.id for hit in hits] == named


# What only the real one sends.

BOTH = {
    "id": NEVERMIND.upper(),
    "score": 100,
    "title": "Under Pressure",
    "artist-credit": [
        {"name": "Queen", "joinphrase": " & ", "artist": {"id": NIRVANA, "name": "QUEEN"}},
        {
            "artist": {
                "id": BEATLES,
                "name": "David Bowie",
                "aliases": [{"name": "Ziggy Stardust", "locale": None}],
            }
        },
    ],
}


async def test_a_credit_of_two_is_told_as_printed_and_artist_by_artist(
    solr: Solr, source: Source[Any]
) -> None:
    solr.answers(json.dumps({"count": 1, "offset": 0, "release-groups": [BOTH]}).encode())
    (album,) = await albums(await source(SolrProvider), "under pressure")
    printed = "Queen & David Bowie"
    assert album.credits == (printed, "Queen", "QUEEN", "David Bowie", "Ziggy Stardust")
    assert (album.id, album.artist_id) == (NEVERMIND, NIRVANA)


@pytest.mark.parametrize(
    ("statuses", "types", "grade"),
    [
        ([], [], Grade.OFFICIAL),
        ([None], [], Grade.OFFICIAL),
        (["Bootleg", None], [], Grade.OFFICIAL),
        (["Withdrawn"], [], Grade.OFFICIAL),
        (["Bootleg", "Official"], ["Live"], Grade.OFFICIAL),
        (["Promotion"], None, Grade.OFFICIAL),
        (["Bootleg", "Pseudo-Release"], [], Grade.BOOTLEG),
        (["Bootleg"], ["Compilation"], Grade.BOOTLEG),
        (["Official"], ["Live", "Compilation"], Grade.COMPILATION),
    ],
)
async def test_the_grade_is_that_of_the_best_release(
    statuses: list[str | None],
    types: list[str] | None,
    grade: Grade,
    solr: Solr,
    source: Source[Any],
) -> None:
    releases = [{"id": _id(99), "title": "x", "status": status} for status in statuses]
    entry = BOTH | {"releases": releases, "secondary-types": types}
    solr.answers(json.dumps({"release-groups": [entry]}).encode())
    (album,) = await albums(await source(SolrProvider), "x")
    assert album.grade == grade


# What goes wrong.

SEARCHES = {
    "artist": ("nirvana", None),
    "album": ("nevermind", ""),
    "album of artist": ("nevermind", "nirvana"),
}


@pytest.fixture(params=SEARCHES.values(), ids=SEARCHES)
def asked_for(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Every kind of request there is."""
    return cast("tuple[str, str | None]", request.param)


async def search(provider: SolrProvider, asked_for: tuple[str, str | None]) -> Sequence[Any]:
    text, artist = asked_for
    return await (artists(provider, text) if artist is None else albums(provider, text, artist))


@pytest.mark.parametrize("status", [204, 302, 400, 401, 404, 410, 414, 429, 500, 503])
async def test_a_status_of_failure_is_no_word_that_nothing_is_there(
    asked_for: tuple[str, str | None], status: int, solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    assert await search(provider, asked_for)
    solr.fails_with(status)
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)


@pytest.mark.parametrize("plain", [False, True])
async def test_an_error_of_solr_s_own_is_no_word_that_nothing_is_there(
    asked_for: tuple[str, str | None], plain: bool, solr: Solr, source: Source[Any]
) -> None:
    solr.knows_mbjson = not plain
    solr.breaks()
    provider = await source(SolrProvider)
    with pytest.raises(ProviderUnavailable, match="status 500"):
        await search(provider, asked_for)
    assert solr.total == 2


ENTRY = {"id": NIRVANA, "name": "Nirvana"}
DOC = {"mbid": NIRVANA, "score": 1.5}
GARBAGE: dict[str, bytes] = {
    "null": b"null",
    "empty object": b"{}",
    "empty list": b"[]",
    "nothing": b"",
    "broken": b'{"artists": [{"name": "unfini',
    "html": b"<!DOCTYPE html><html><body>Solr Admin</body></html>",
    "not even text": b"\xff\xfe\x00",
    "deep": b"[" * 5000,
} | {
    name: json.dumps(body).encode()
    for name, body in {
        "error": {"error": {"code": 500, "message": "no servers hosting shard"}},
        "plain error": {"responseHeader": {"status": 500}, "error": {"msg": "x", "code": 500}},
        "error beside a list": {"error": {"code": 400}, "artists": [], "release-groups": []},
        "no list": {"artists": {"0": ENTRY}, "release-groups": {"0": BOTH}},
        "null for a list": {"artists": None, "release-groups": None},
        "null in a list": {"artists": [ENTRY, None], "release-groups": [BOTH, None]},
        "no id": {"artists": [{"name": "x"}], "release-groups": [BOTH | {"id": ""}]},
        "an id that is none": {
            "artists": [ENTRY | {"id": "7"}],
            "release-groups": [BOTH | {"id": "7"}],
        },
        "no name": {"artists": [ENTRY | {"name": None}], "release-groups": [BOTH | {"title": 3}]},
        "strange aliases": {
            "artists": [ENTRY | {"aliases": ["x"]}],
            "release-groups": [BOTH | {"aliases": [{"name": None}]}],
        },
        "no credit": {"artists": [{}], "release-groups": [BOTH | {"artist-credit": []}]},
        "no docs": {"response": {"numFound": 0}},
        "null for docs": {"response": {"numFound": 0, "docs": None}},
        "null in docs": {"response": {"numFound": 1, "docs": [DOC, None]}},
        "docs without mbid": {"response": {"numFound": 1, "docs": [{"score": 1.5}]}},
        "docs with another id": {"response": {"numFound": 1, "docs": [DOC | {"mbid": "x"}]}},
        "a part of it": {
            "responseHeader": {"status": 0, "partialResults": True},
            "response": {"numFound": 1, "docs": [DOC]},
        },
    }.items()
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_no_word_that_nothing_is_there(
    asked_for: tuple[str, str | None], body: bytes, solr: Solr, source: Source[Any]
) -> None:
    solr.answers(body)
    provider = await source(SolrProvider)
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
async def test_nulls_and_wrong_types_are_no_word_that_nothing_is_there(
    asked_for: tuple[str, str | None], depth: int, plain: bool, solr: Solr, source: Source[Any]
) -> None:
    solr.knows_mbjson = not plain
    provider = await source(SolrProvider)
    solr.answers_nulls(depth)
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)
    solr.recovers()
    solr.answers_wrong_types(depth)
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)


@pytest.mark.parametrize("where", ["before", "headers", "body"])
async def test_a_cut_connection_is_tried_again_and_then_no_word(
    asked_for: tuple[str, str | None], where: Any, solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    solr.cuts_connection(where, times=1)
    assert await search(provider, asked_for)
    solr.cuts_connection(where)
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)


async def test_nobody_at_the_address_is_no_word(
    asked_for: tuple[str, str | None], solr: Solr, source: Source[Any], internet: Internet
) -> None:
    provider = await source(SolrProvider)
    await internet.down()
    with pytest.raises(ProviderUnavailable):
        await search(provider, asked_for)
    await internet.up()
    assert await search(provider, asked_for)


async def test_who_is_slow_is_waited_for_no_longer_than_the_time_limit(
    asked_for: tuple[str, str | None], solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider, SOLR_TIMEOUT=0.2)
    solr.hangs()
    begin = time.monotonic()
    with pytest.raises(ProviderUnavailable, match=r"did not answer in 0\.2 seconds"):
        await search(provider, asked_for)
    assert 0.2 <= time.monotonic() - begin < 0.7
    await solr.quiet()


async def test_a_collection_that_fails_is_left_alone_and_the_other_is_not(
    solr: Solr, source: Source[Any]
) -> None:
    clock = ManualClock()
    provider = await source(SolrProvider, at=clock)
    solr.answers_html(path="/solr/artist/")
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            await artists(provider, "nirvana")
    before = solr.total
    with pytest.raises(BreakerOpen):
        await artists(provider, "nirvana")
    assert solr.total == before
    assert await albums(provider, "nevermind")
    solr.recovers()
    await clock.forward(seconds=60)
    assert await artists(provider, "nirvana")


# Whatever people type.

PIECES = [
    *(chr(plane * 0x10000 + sign) for plane in range(17) for sign in (0x41, 0x3042, 0xFFFD)),
    *"+-&|!(){}[]^\"~*?:\\/<>=@#%;,.'` \t\n\r\0\x1b\x7f\x85\u200b\u2028\ud800\udfff\ufdd0\uffff",
    *(
        "AND",
        " OR ",
        "NOT ",
        " TO ",
        "artist:",
        "_query_:",
        "{!join from=a to=b}",
        "*:*",
        "[* TO *]",
    ),
    *(
        "/.*/",
        "a~2",
        "a^9",
        "&&",
        "||",
        "%00",
        "&q=*:*",
        "\\",
        '"',
        "((",
        "))",
        "é",
        "漢字",
        "한글",
    ),
    *("😀", "e\u0301" * 9, "x" * 300, "the ", "!!!"),
]
LONG = [
    "x" * 60_000,
    "漢" * 60_000,
    "한" * 500,
    "😀" * 500,
    "! " * 300,
    '"' * 500,
    "\\" * 499,
    "(" * 500,
    "-a " * 200,
]


def hostile(count: int) -> list[str]:
    dice = random.Random(7)  # noqa: S311  the same each time
    made = ["".join(dice.choices(PIECES, k=dice.randint(1, 30))) for _ in range(count)]
    return ["", " ", "\0", "\ud800", "\t\n", *PIECES, *LONG, *made]


async def test_nothing_people_type_is_refused(solr: Solr, source: Source[Any]) -> None:
    # What Solr refuses is a violation, which fails the test, and would count as its failure.
    provider = await source(SolrProvider, at=HastyClock())
    queries = hostile(400)
    for number, text in enumerate(queries):
        await artists(provider, text)
        await albums(provider, text)
        await albums(provider, text, queries[-number])
        await albums(provider, text, text)
        await albums(provider, "nevermind", text)
    assert set(solr.statuses) == {"200"}
    assert solr.total > 1000


@pytest.mark.parametrize("text", ["", "  ", "\0", "\ud800", "\t\n\r", "\u200b"])
async def test_who_asks_for_nothing_is_answered_without_asking(
    text: str, solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    assert await artists(provider, text) == await albums(provider, text, "Nirvana") == []
    assert solr.total == 0


@pytest.mark.parametrize("artist", ["", "\0", " ", "\u200b"])
async def test_an_artist_without_a_name_is_no_artist(
    artist: str, solr: Solr, source: Source[Any]
) -> None:
    assert await albums(await source(SolrProvider), "nevermind", artist)
    assert only(solr).path == "/solr/release-group/select"


async def test_a_title_that_is_too_long_is_asked_for_by_its_first_words(
    solr: Solr, source: Source[Any]
) -> None:
    provider = await source(SolrProvider)
    await albums(provider, ", ".join(f"Word{number}" for number in range(90)))
    assert only(solr).query["q"] == " ".join(f"word{number}" for number in range(40))


async def test_without_an_address_it_is_off(source: Source[Any]) -> None:
    provider = await source(SolrProvider, SOLR_URL="")
    assert not SolrProvider.enabled(provider._config)
    assert SolrProvider.enabled((await source(SolrProvider, SOLR_URL="http://s:1/solr"))._config)
