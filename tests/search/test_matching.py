"""How well names answer queries."""

from __future__ import annotations

import pytest

from lidarrmetadata.search.matching import (
    MOST_LOSS,
    NO_MATCH,
    Level,
    Match,
    Query,
    edits_allowed,
    match,
    mixed_match,
)
from tests.search.odd_texts import odd_texts


@pytest.mark.parametrize(
    ("query", "name", "level"),
    [
        ("björk", "Björk", Level.EXACT),
        ("bjork", "Björk", Level.EXACT),
        ("the academy is...", "The Academy Is…", Level.EXACT),
        ("!!!", "!!!", Level.EXACT),
        ("beatles", "The Beatles", Level.LOOSE),
        ("the foo fighters", "Foo Fighters", Level.LOOSE),
        ("acdc", "AC/DC", Level.LOOSE),
        ("simon and garfunkel", "Simon & Garfunkel", Level.LOOSE),
        ("Nevermind (Remastered)", "Nevermind", Level.LOOSE),
        ("radiohed", "Radiohead", Level.NEAR),
        ("radiohaed", "Radiohead", Level.NEAR),
        ("mues", "Muse", Level.NEAR),
        ("killres", "The Killers", Level.NEAR),
        ("queens of stone age", "Queens of the Stone Age", Level.IN_ORDER),
        ("zeppelin", "Led Zeppelin", Level.IN_ORDER),
        ("sgt. pepper", "Sgt. Pepper’s Lonely Hearts Club Band", Level.IN_ORDER),
        ("led zepellin", "Led Zeppelin", Level.FUZZY),
        ("cave nick", "Nick Cave", Level.FUZZY),
        ("smashin pumkins", "The Smashing Pumpkins", Level.FUZZY),
        ("eminem kamikaze", "Eminem", Level.PARTIAL),
        ("metallica official", "Metallica", Level.PARTIAL),
        ("u2", "U3", Level.NONE),
        ("low", "Lob", Level.NONE),
        ("radiohead", "Coldplay", Level.NONE),
        ("a very long question about live music", "Live", Level.NONE),
        ("queen of hearts", "Hearts", Level.PARTIAL),
        ("queen of hearts", "Golden Hearts", Level.NONE),
    ],
)
def test_a_name_answers_a_query_so_well(query: str, name: str, level: Level) -> None:
    assert match(Query.of(query), name).level == level


def test_any_name_will_do_and_the_best_counts() -> None:
    query = Query.of("utada hikaru")
    assert match(query, "宇多田ヒカル", ["Utada, Hikaru", "Utada Hikaru"]) == Match(Level.ALIAS)
    assert match(query, "宇多田ヒカル", ["Utada", "UtadaHikaru"]) == Match(Level.LOOSE)
    assert match(query, "宇多田ヒカル", ["Utada, Hikarru"]) == Match(Level.NEAR)
    assert match(query, "Utada Hikaru", ["Utada, Hikaru"]) == Match(Level.EXACT)


def test_the_better_of_two_is_so_in_this_order() -> None:
    query = Query.of("the pink dots")
    names = [
        "The Pink Dots",
        "The Pink-Dots",
        "Pink Dots",
        "The Pink Dot",
        "The Pink & the Dots",
        "The Legendary Pink Dots",
        "Dots Pink",
        "Pink",
        "Cloud Dancers",
    ]
    found = [match(query, name) for name in names]
    assert found == sorted(found)
    assert found[-1] == NO_MATCH
    assert len({*found}) == len(found)


def test_what_is_named_in_full_is_nearer_than_what_shares_some_words() -> None:
    query = Query.of("nirvana grunge band")
    assert match(query, "Nirvana") < match(query, "Grunge Band Covers of Today")


@pytest.mark.parametrize(("letters", "edits"), [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (200, 2)])
def test_long_words_may_have_more_typos(letters: int, edits: int) -> None:
    assert edits_allowed(letters) == edits


@pytest.mark.parametrize(
    ("query", "level"),
    [
        ("eminem kamikaze", Level.MIXED),
        ("kamikaze eminem", Level.MIXED),
        ("eminem - kamikaze", Level.MIXED),
        ("kamikaze by eminem", Level.MIXED),
        ("slim shady kamikaze", Level.MIXED),
        ("eminen kamikaze", Level.FUZZY),
        ("eminem kamikase", Level.FUZZY),
        ("kamikaze", Level.NONE),
        ("eminem", Level.NONE),
        ("eminem recovery", Level.NONE),
        ("eminem's kamikaze tour", Level.NONE),
    ],
)
def test_an_album_is_found_by_artist_and_title(query: str, level: Level) -> None:
    found = mixed_match(Query.of(query), "Kamikaze", (), ("Eminem", "Slim Shady"))
    assert found.level == level


@pytest.mark.parametrize("query", ["pink floyd wall", "pink floyd the wall", "the wall pink floyd"])
def test_articles_within_a_query_do_not_matter(query: str) -> None:
    found = mixed_match(Query.of(query), "The Wall", (), ("Pink Floyd",))
    assert found == Match(Level.MIXED)


def test_the_longest_titles_are_found_along_with_their_artist() -> None:
    title = "The Rise and Fall of Ziggy Stardust and the Spiders From Mars"
    query = Query.of(f"david bowie {title}")
    assert mixed_match(query, title, (), ("David Bowie",)) == Match(Level.MIXED)


def test_an_empty_query_is_none_and_matches_nothing() -> None:
    for text in ("", " ", "\0"):
        assert not Query.of(text)
    assert match(Query.of(""), "Low") == NO_MATCH
    assert Query.of("!!!")


def test_no_query_is_too_odd() -> None:
    for text in odd_texts(500):
        query = Query.of(text)
        for name in ("Low", "!!!", "宇多田ヒカル", text):
            for found in (match(query, name), mixed_match(query, name, (), ("Ada", name))):
                assert 0 <= found.loss <= MOST_LOSS
