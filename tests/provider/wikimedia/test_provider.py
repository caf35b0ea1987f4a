from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.wikimedia.provider import WikipediaProvider
from tests.clock import ManualClock
from tests.internet.wikidata import Wikidata
from tests.provider.conftest import UNAVAILABLE, item_key, key_of, told

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ALBUM = "1b022e01-4da6-387b-8658-8678046e4cef"


@pytest.fixture
async def wikipedia(source: Source[Any]) -> WikipediaProvider:
    provider = await source(WikipediaProvider, OVERVIEW_LANGUAGES=["en", "de", "fr"])
    assert isinstance(provider, WikipediaProvider)
    return provider


async def overview(wikipedia: WikipediaProvider, key: str) -> str:
    record = await told(wikipedia, key)
    assert isinstance(record, dict)
    return record["overview"]


def known(internet: Internet, item: str, mbid: str = ALBUM, **facts: Any) -> None:
    internet.facts.artist(mbid, wikidata=item, **({"descriptions": {}, "image": ""} | facts))


async def test_the_first_language_with_an_article_is_told(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", extracts={"fr": "Un groupe.", "de": "Eine Band."})
    assert await overview(wikipedia, item_key(wikipedia, "Q1")) == "Eine Band."


async def test_a_description_in_the_first_language_comes_before_a_foreign_article(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", extracts={"de": "Eine Band."}, descriptions={"en": "rock band"})
    assert await overview(wikipedia, item_key(wikipedia, "Q1")) == "rock band"


async def test_a_description_in_another_language_is_not_told(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", extracts={"de": "Eine Band."}, descriptions={"fr": "groupe"})
    assert await overview(wikipedia, item_key(wikipedia, "Q1")) == "Eine Band."


@pytest.mark.parametrize("form", ["asked", "target"])
async def test_a_merged_entity_is_told_by_its_old_id(
    wikipedia: WikipediaProvider, internet: Internet, form: Any
) -> None:
    known(internet, "Q2", extracts={"en": "A band."})
    internet.facts.merged_item("Q1", "Q2")
    internet.service(Wikidata).merged_under = form
    assert await overview(wikipedia, item_key(wikipedia, "Q1")) == "A band."


async def test_a_missing_entity_is_nothing(wikipedia: WikipediaProvider) -> None:
    assert await told(wikipedia, item_key(wikipedia, "Q404")) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://en.wikipedia.org/wiki/Was_%2B_%C3%9Cber%3F",
        "https://en.wikipedia.org/wiki/Was_+_Über%3F#Members",
        "https://en.m.wikipedia.org/wiki/was%20%2B_Über%3F",
        "http://en.wikipedia.org/wiki/Was_%252B_%25C3%259Cber%253F",
    ],
)
async def test_an_article_is_found_however_its_link_is_written(
    wikipedia: WikipediaProvider, internet: Internet, link: str
) -> None:
    known(internet, "Q1", titles={"en": "Was + Über?"}, extracts={"en": "Noise."}, image="A b.jpg")
    record = await told(wikipedia, key_of(wikipedia, link))
    assert isinstance(record, dict)
    assert record["overview"] == "Noise."
    assert record["images"]["Poster"].endswith("/A_b.jpg")


async def test_a_redirected_title_leads_to_its_article(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    internet.facts.redirect("en", "Old", "New/Name")
    internet.facts.page("en", "New/Name", html="<section><p>Now new.</p></section>")
    key = key_of(wikipedia, "https://en.wikipedia.org/wiki/Old")
    assert await overview(wikipedia, key) == "Now new."


async def test_an_article_that_does_not_exist_is_nothing(wikipedia: WikipediaProvider) -> None:
    key = key_of(wikipedia, "https://en.wikipedia.org/wiki/Nobody")
    assert await told(wikipedia, key) is None


async def test_a_list_of_meanings_is_no_overview(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", titles={"en": "Ash", "de": "Ash"}, extracts={"de": "Eine Band."})
    internet.facts.page("en", "Ash", extract="Ash may refer to:", disambiguation=True)
    assert await overview(wikipedia, item_key(wikipedia, "Q1")) == "Eine Band."


async def test_one_language_that_fails_leaves_only_its_own_untold(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", extracts={"en": "A band."})
    known(internet, "Q2", extracts={"de": "Eine Band."})
    keys = [item_key(wikipedia, item) for item in ("Q1", "Q2")]
    internet.wikipedia.fails_with(503, path="/wikipedia/de/")
    records = await wikipedia.records(keys)
    assert list(records) == keys[:1]
    assert await told(wikipedia, keys[1]) == UNAVAILABLE


async def test_an_id_that_can_be_none_does_not_spoil_the_others(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    known(internet, "Q1", extracts={"en": "A band."})
    good = item_key(wikipedia, "Q1")
    bad = good.replace("Q1", "Q99999999999")
    records = await wikipedia.records([bad, good])
    internet.violations.clear()
    assert records[bad] is None
    assert records[good] == {"images": {}, "overview": "A band."}


async def test_120_keys_travel_in_batches_of_50_and_20(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    internet.knows_everything = internet.enforces_limits = True
    keys = [item_key(wikipedia, f"Q{number}") for number in range(1, 121)]
    assert len(await wikipedia.records(keys)) == 120
    ids = [len(request.query["ids"].split("|")) for request in internet.wikidata.requests]
    titles = [len(request.query["titles"].split("|")) for request in internet.wikipedia.requests]
    assert (sorted(ids), titles) == ([20, 50, 50], [20] * 6)


async def test_an_answer_too_long_is_asked_for_in_halves(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    internet.knows_everything = True
    keys = [item_key(wikipedia, f"Q{number}") for number in (1, 2, 3)]
    internet.wikidata.answers(b" " * (8 * 1024 * 1024 + 1), times=1)
    assert len(await wikipedia.records(keys)) == 3
    asked = [request.query["ids"] for request in internet.wikidata.requests]
    assert sorted(asked) == ["Q1", "Q1|Q2|Q3", "Q2|Q3"]


async def test_200_at_once_cost_a_handful_of_requests_three_at_a_time(
    wikipedia: WikipediaProvider, internet: Internet
) -> None:
    internet.knows_everything = internet.enforces_limits = True
    for service in (internet.wikidata, internet.wikipedia):
        service.delays(0.02)
    keys = [item_key(wikipedia, f"Q{number}") for number in range(1, 201)]
    answers = await asyncio.gather(*(told(wikipedia, key) for key in keys))
    assert all(isinstance(answer, dict) for answer in answers)
    assert (internet.wikidata.total, internet.wikipedia.total) == (4, 10)
    assert max(internet.wikidata.most_at_once, internet.wikipedia.most_at_once) == 3


async def test_without_a_contact_wikimedia_is_asked_ten_times_a_minute(
    source: Source[Any], internet: Internet
) -> None:
    internet.knows_everything = internet.enforces_limits = True
    provider = await source(WikipediaProvider, at=ManualClock(), OPERATOR_CONTACT="")
    keys = [item_key(provider, f"Q{number}") for number in range(1, 201)]
    answers = await asyncio.gather(*(told(provider, key) for key in keys))
    assert internet.wikidata.total + internet.wikipedia.total == 10
    assert answers.count(UNAVAILABLE) == 80


async def test_with_a_contact_wikimedia_is_asked_200_times_a_minute(
    source: Source[Any], internet: Internet
) -> None:
    internet.knows_everything = internet.enforces_limits = True
    provider = await source(WikipediaProvider, at=ManualClock())
    for number in range(1, 101):
        assert isinstance(await told(provider, item_key(provider, f"Q{number}")), dict)
    with pytest.raises(ProviderUnavailable, match="200 in 60 s"):
        await provider.records([item_key(provider, "Q101")])
    assert internet.wikidata.total + internet.wikipedia.total == 200
