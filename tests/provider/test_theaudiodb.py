from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.provider.theaudiodb import TheAudioDbProvider
from tests.clock import ManualClock
from tests.internet.theaudiodb import PREMIUM_KEY
from tests.provider.conftest import UNAVAILABLE, told

if TYPE_CHECKING:
    from tests.internet import Internet
    from tests.provider.conftest import Source

ARTIST = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"


@pytest.mark.parametrize("key", ["123", PREMIUM_KEY])
async def test_texts_images_and_links_are_told(
    key: str, source: Source[Any], internet: Internet
) -> None:
    known = internet.facts.artist(ARTIST, "Nirvana")
    record = await told(
        await source(TheAudioDbProvider, THEAUDIODB_API_KEY=key), f"artist:{ARTIST}"
    )
    assert isinstance(record, dict)
    assert record["overview"] == known.tadb["strBiographyEN"]
    assert record["images"]["Poster"] == known.tadb["strArtistThumb"]
    assert record["links"][0] == f"https://{known.tadb['strWebsite']}"


@pytest.mark.parametrize("kind", ["artist", "album"])
@pytest.mark.parametrize("key", ["123", PREMIUM_KEY])
async def test_null_is_nothing(
    kind: str, key: str, source: Source[Any], internet: Internet
) -> None:
    provider = await source(TheAudioDbProvider, THEAUDIODB_API_KEY=key)
    assert await told(provider, f"{kind}:{ARTIST}") is None


async def test_404_is_no_word_that_nothing_is_there(
    source: Source[Any], internet: Internet
) -> None:
    internet.theaudiodb.fails_with(404)
    assert await told(await source(TheAudioDbProvider), f"artist:{ARTIST}") == UNAVAILABLE


@pytest.mark.parametrize(
    ("languages", "field"),
    [
        (["ja", "de"], "strBiographyJP"),
        (["fi", "sv"], "strBiographySE"),
        (["zh"], "strBiographyCN"),
    ],
)
async def test_the_text_is_in_the_first_language_there_is_one_in(
    languages: list[str], field: str, source: Source[Any], internet: Internet
) -> None:
    internet.facts.artist(ARTIST, tadb={field: "A life.", "strBiographyDE": "Ein Leben."})
    provider = await source(TheAudioDbProvider, OVERVIEW_LANGUAGES=languages)
    record = await told(provider, f"artist:{ARTIST}")
    assert isinstance(record, dict)
    assert record["overview"] == "A life."


async def test_records_that_cannot_be_read_do_not_keep_others_from_being_asked_for(
    source: Source[Any], internet: Internet
) -> None:
    internet.facts.artist(ARTIST)
    internet.theaudiodb.answers_garbage(times=10)
    provider = await source(TheAudioDbProvider)
    for _ in range(10):
        assert await told(provider, f"artist:{ARTIST}") == UNAVAILABLE
    assert isinstance(await told(provider, f"artist:{ARTIST}"), dict)


async def test_200_at_once_cost_30_requests_a_minute_with_the_free_key(
    source: Source[Any], internet: Internet
) -> None:
    internet.knows_everything = internet.enforces_limits = True
    provider = await source(TheAudioDbProvider, at=ManualClock())
    keys = [f"artist:{number:08}-0000-4000-8000-000000000000" for number in range(200)]
    answers = await asyncio.gather(*(told(provider, key) for key in keys))
    assert (answers.count(UNAVAILABLE), internet.theaudiodb.total) == (170, 30)
