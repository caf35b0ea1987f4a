"""Which names are the same, and which are not."""

from __future__ import annotations

import pytest

from lidarrmetadata.search.folding import (
    LONGEST,
    keys,
    significant,
    spelling,
    without_edition,
    words,
)
from tests.search.odd_texts import odd_texts

SAME_SPELLING = [
    ("Björk", "bjork"),
    ("Sigur Rós", "SIGUR ROS"),
    ("Motörhead", "motorhead"),
    ("Röyksopp", "royksopp"),
    ("Mø", "mo"),
    ("Ænima", "aenima"),
    ("Straße", "strasse"),
    ("The La’s", "the la's"),
    ("The Academy Is…", "the academy is..."),
    ("a‐ha", "a-ha"),
    ("“Weird Al” Yankovic", '"weird al" yankovic'),
    ("ＡＢＣ　１２３", "abc 123"),
    ("  Low \t Roar ", "low roar"),
    ("Алла Пугачёва", "алла пугачева"),
    ("Μίκης", "ΜΙΚΗΣ"),
    ("ｳﾀﾀﾞ", "ウタダ"),
    ("أم كلثوم", "ام كلثوم"),
    ("فَيْرُوز", "فيروز"),
    ("فیروز", "فيروز"),
    ("שָׁלוֹם", "שלום"),
    ("İstanbul", "istanbul"),
    ("Zero\u200bWidth", "zerowidth"),
]
SAME_NAME = [
    ("The Beatles", "Beatles"),
    ("Beatles, The", "The Beatles"),
    ("Die Ärzte", "arzte"),
    ("A Perfect Circle", "perfect circle"),
    ("AC/DC", "acdc"),
    ("AC⚡DC", "ac dc"),
    ("R.E.M.", "rem"),
    ("M.I.A.", "m i a"),
    ("The M.G.'s", "the mgs"),
    ("Simon & Garfunkel", "Simon and Garfunkel"),
    ("Florence + the Machine", "florence and the machine"),
    ("X&Y", "x and y"),
    ("P!nk", "pink"),
    ("Ke$ha", "kesha"),
    ("A$AP Rocky", "asap rocky"),
    ("3OH!3", "3oh3"),
    ("Guns N’ Roses", "guns n roses"),
    ("blink‐182", "blink 182"),
    ("Panic! at the Disco", "panic at the disco"),
    ("Therapy?", "therapy"),
    ("Sunn O)))", "sunn o"),
    ("65daysofstatic", "65 days of static"),
    ("久石 譲", "久石譲"),
    ("宇多田ヒカル", "宇多田ひかる"),
    ("テレサ・テン", "テレサテン"),
    ("Ногу Свело!", "ногу свело"),
]
DIFFERENT = [
    ("!!!", "???"),
    ("+/-", "+-+"),
    ("Low", "Lo"),
    ("The Who", "The The"),
    ("U2", "UB40"),
    ("+", "×"),
    ("† †", "†"),
    ("ハ", "パ"),
    ("ก้า", "กา"),
    ("कि", "का"),
]


@pytest.mark.parametrize(("one", "other"), SAME_SPELLING)
def test_these_are_spelled_the_same(one: str, other: str) -> None:
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(("one", "other"), SAME_SPELLING + SAME_NAME)
def test_these_are_the_same_name(one: str, other: str) -> None:
    assert not {*keys(one)}.isdisjoint(keys(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_different_names(one: str, other: str) -> None:
    assert {*keys(one)}.isdisjoint(keys(other))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Earth, Wind & Fire", "earth wind and fire"),
        ("…And You Will Know Us", "and you will know us"),
        ("S.O.S. Band", "sos band"),
        ("will.i.am", "will i am"),
        ("Weird Al’s", "weird als"),
        ("東京事変", "東 京 事 変"),
        ("방탄소년단", "방탄소년단"),
        ("لَتَا मंगेशकर", "لتا मंगेशकर"),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_of_these_words(name: str, expected: str) -> None:
    assert list(words(name)) == expected.split()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("The Beatles", ("thebeatles", "beatles")),
        ("Beatles, The", ("beatlesthe", "beatles")),
        ("The The", ("thethe", "the")),
        ("The", ("the",)),
        ("A‐ha", ("aha",)),
        ("! ! !", ("!!!",)),
        (" \0 ", ()),
    ],
)
def test_a_name_has_one_key_or_with_an_article_two(name: str, expected: tuple[str, ...]) -> None:
    assert keys(name) == expected


def test_articles_do_not_matter_unless_there_is_nothing_else() -> None:
    assert significant(words("The Queen and the Soldier")) == ("queen", "soldier")
    assert significant(words("The The")) == ("the", "the")


@pytest.mark.parametrize(
    ("tagged", "title"),
    [
        ("Nevermind (Remastered)", "Nevermind"),
        ("OK Computer (Collector's Edition) [CD 1]", "OK Computer"),
        ("Rumours [2004 Remaster]", "Rumours"),
        ("Born to Die - The Paradise Edition", "Born to Die"),
        ("Hysteria – 30th Anniversary Edition", "Hysteria"),
        ("Red (Taylor's Version)", "Red (Taylor's Version)"),
        ("(What's the Story) Morning Glory?", "(What's the Story) Morning Glory?"),
        ("First Edition", "First Edition"),
        ("(Deluxe Edition)", "(Deluxe Edition)"),
    ],
)
def test_what_tells_an_edition_is_no_part_of_a_title(tagged: str, title: str) -> None:
    assert without_edition(tagged) == title


def test_no_text_is_too_odd_or_too_long() -> None:
    for text in (*odd_texts(500), "\ud800", "ﷺ" * 1000, "a" * 60_000, "[" * 60_000):
        assert len(spelling(text)) <= LONGEST
        assert all(len(key) <= LONGEST for key in keys(text))
        assert bool(keys(text)) == bool(spelling(text))
        without_edition(text)


def test_folding_twice_changes_nothing() -> None:
    for one, other in SAME_SPELLING + SAME_NAME + DIFFERENT:
        for name in (one, other):
            assert spelling(spelling(name)) == spelling(name)
            assert keys(spelling(name)) == keys(name)
