from __future__ import annotations

import pytest

from lidarrmetadata.provider.wikimedia.subjects import Subject, subject_of

EN = "https://en.wikipedia.org/wiki/Queen"
DE = "https://de.wikipedia.org/wiki/Queen_(Band)"
ITEM = "https://www.wikidata.org/wiki/Q15862"


def subject(*addresses: str) -> Subject | None:
    links = [{"target": address, "type": "link"} for address in addresses]
    return subject_of(links, ["de", "en"])  # type: ignore[arg-type]


def test_wikidata_wins_over_wikipedia() -> None:
    assert subject(EN, DE, ITEM) == Subject("Q15862")


def test_of_several_articles_the_one_in_the_readers_language_wins() -> None:
    assert subject(EN, DE) == Subject("", "de", "Queen (Band)")
    assert subject("https://sl.wikipedia.org/wiki/Queen") == Subject("", "sl", "Queen")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.wikidata.org/wiki/Q99999999999",
        "https://www.wikidata.org/wiki/Property:P18",
        "https://www.wikipedia.org/wiki/Queen",
        "https://en.wikipedia.org/wiki/",
        "https://en.wikipedia.org/wiki/A%7CB",
        "https://en.wikipedia.org/wiki/%5Bx%5D",
        "https://en.wikipedia.org/wiki/%FF",
        "https://[broken/wiki/Queen",
        "https://en.wikipedia.org.example/wiki/Queen",
        "",
    ],
)
def test_links_that_lead_to_no_article_are_passed_over(address: str) -> None:
    assert subject(address) is None


@pytest.mark.parametrize("written", ["Q15862", "de:Queen (Band)", "en:Foo: Bar"])
def test_what_is_written_reads_back(written: str) -> None:
    assert str(Subject.parse(written)) == written
