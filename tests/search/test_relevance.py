"""People find what they look for: the questions of cases.tsv, asked of the real back ends.

`make search-report` shows what is behind a rate.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.search.backends import BACKENDS
from tests.search.cases import all_cases

if TYPE_CHECKING:
    from tests.search.catalogue import Names
    from tests.search.conftest import Ask

# Which share of the questions of a kind is to be answered as people expect, by the index.
WANTED = {
    "plain": 0.97,
    "articles": 0.97,
    "punctuation": 0.97,
    "non-Latin": 0.97,
    "transliterated": 0.95,
    "accent-less": 0.95,
    "common words": 0.95,
    "numbers": 0.95,
    "artist album": 0.95,
    "album with artist": 0.95,
    "one typo": 0.90,
    "two typos": 0.80,
    "missing word": 0.80,
    "extra word": 0.80,
    "very long": 0.80,
    "one letter": 0.80,
    "traps": 0.90,
}
WITHOUT_TYPOS = 0.90  # of the other back ends, which know no typos


def test_the_catalogue_is_large_and_so_are_the_cases(names: Names) -> None:
    there = {*names.labels.values()}
    asked = [case for case in all_cases() if case.is_possible(there)]
    assert names.catalogue.rows.count("artist") >= 50_000
    assert len(asked) == len(all_cases()) >= 150
    assert {*Counter(case.kind for case in asked)} == {*WANTED}


@pytest.mark.parametrize("kind", WANTED)
def test_the_index_finds_what_is_asked_for(kind: str, report_on: Ask) -> None:
    report = report_on("index")
    assert report.rate(kind) >= WANTED[kind], report.failures(kind)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "index"])
def test_the_other_back_ends_find_what_is_spelled_rightly(backend: str, report_on: Ask) -> None:
    report = report_on(backend)
    kinds = report.without_typos
    assert report.rate(*kinds) >= WITHOUT_TYPOS, report.failures(*kinds)


@pytest.mark.parametrize("kind", WANTED)
def test_the_index_finds_what_is_asked_for_among_few(kind: str, report_on_few: Ask) -> None:
    report = report_on_few("index")
    assert report.rate(kind) >= WANTED[kind], report.failures(kind)


def test_a_database_of_few_finds_what_is_spelled_rightly(report_on_few: Ask) -> None:
    report = report_on_few("postgres")
    kinds = report.without_typos
    assert len(report.asked(*kinds)) >= 150
    assert report.rate(*kinds) >= WITHOUT_TYPOS, report.failures(*kinds)
