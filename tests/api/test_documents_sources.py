"""What sources say late or not at all, and artists inside albums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api.singers import EVERYBODY, NAMES, SINGERS, SOLO, heard, without_albums
from tests.api.watched import services_of, settled, shared_seconds
from tests.catalogue.databases import empty_database
from tests.changing import posted, recent
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.internet import Internet

SINGER = SINGERS[0]
ARTIST, ALBUM = f"/artist/{SINGER}", f"/album/{SOLO}"
PATIENT = {"ANSWER_BUDGET": 20.0}
THIRTY_ONE_DAYS = 31 * 24 * 60


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def over_all(
    settings: dict[str, Any], postgres: PostgresAddress
) -> AsyncIterator[dict[str, Any]]:
    """Settings with every outside service, and an empty cache."""
    async with empty_database(postgres) as cache:
        yield {**settings, "CACHE": {"redis_url": "", "postgres_url": cache}}


async def artist_at(server: Client, path: str) -> Any:
    """The singer, by themselves or inside an album."""
    answer = await server.get(path)
    assert answer.status_code == 200
    document = await answer.get_json()
    return document["artists"][0] if "artists" in document else document


@pytest.mark.parametrize("path", [ARTIST, ALBUM])
async def test_an_answer_that_lacks_something_is_replaced_when_late_sources_have_spoken(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any], path: str
) -> None:
    server = await client_of(**{**over_all, "FANART_TIMEOUT": 5.0})
    known.fanart.delays(0.3)
    answer = await server.get(path)
    assert shared_seconds(answer) <= 300
    assert heard(await artist_at(server, path)) < EVERYBODY

    async def is_whole() -> bool:
        return heard(await artist_at(server, path)) == EVERYBODY

    await eventually(is_whole)
    await settled(server)
    assert shared_seconds(await server.get(path)) > 300
    assert len(known.fanart.requests_for(SINGER)) == 1
    assert services_of(server).documents.under_way == 0


@pytest.mark.parametrize("path", [ARTIST, ALBUM])
async def test_what_an_answer_had_stays_in_it_while_its_source_is_down(
    client_of: MakeClient,
    known: Internet,
    over_all: dict[str, Any],
    clock: ManualClock,
    path: str,
) -> None:
    server = await client_of(clock, **{**over_all, **PATIENT})
    whole = await artist_at(server, path)
    assert heard(whole) == EVERYBODY
    await settled(server)
    await known.down()
    restarted = await client_of(clock, **{**over_all, "ANSWER_BUDGET": 0.3})
    await _forget_records(over_all["CACHE"]["postgres_url"])
    kind, mbid = path.removeprefix("/").split("/")
    assert await services_of(restarted).documents.expire(kind, [mbid])  # type: ignore[arg-type]
    answer = await restarted.get(path)
    assert shared_seconds(answer) <= 300
    shown = await artist_at(restarted, path)
    assert (shown["overview"], shown["images"]) == (whole["overview"], whole["images"])


async def _forget_records(url: str) -> None:
    """As if nobody had kept what the sources said."""
    connection = await asyncpg.connect(url)
    for table in ("fanart", "wikipedia", "tadb"):
        await connection.execute(f"TRUNCATE lidarrmetadata_cache.{table}")
    await connection.close()


async def test_albums_show_the_artist_as_the_artists_own_answer_does_and_say_nothing_of_it(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any]
) -> None:
    server = await client_of(**{**over_all, **PATIENT})
    artist, album = await server.artist(SINGER), await server.album(SOLO)
    assert album["artists"] == [without_albums(artist)]
    await settled(server)
    before = await recent(server, "album")
    known.facts.artist(
        SINGER,
        NAMES[0],
        wikidata="Q1000",
        titles={"en": NAMES[0]},
        extracts={"en": "Has a new life."},
        fanart={"musicbanner": ["https://assets.fanart.tv/new.jpg"]},
        tadb={},
    )
    said = await posted(server, f"{ARTIST}/refresh")
    assert said == {"id": SINGER, "changed": True}
    assert await recent(server, "album") == before
    new, album = await server.artist(SINGER), await server.album(SOLO)
    assert new["overview"] == "Has a new life."
    assert "new.jpg" in str(new["images"])
    assert album["artists"] == [without_albums(new)]


async def test_an_artist_made_anew_who_is_as_before_leaves_the_albums_alone(
    client_of: MakeClient, over_all: dict[str, Any]
) -> None:
    server = await client_of(**{**over_all, **PATIENT})
    await server.artist(SINGER)
    album = await server.get(ALBUM)
    await settled(server)
    said = await posted(server, f"{ARTIST}/refresh")
    assert said == {"id": SINGER, "changed": False}
    again = await server.get(ALBUM)
    assert again.headers["ETag"] == album.headers["ETag"]
    assert services_of(server).answers.outcomes["hit"] == 1


async def test_what_sources_say_after_a_month_reaches_artists_and_albums_alike(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any], clock: ManualClock
) -> None:
    server = await client_of(clock, **{**over_all, **PATIENT})
    for path in (ARTIST, ALBUM):
        await server.get(path)
        await settled(server)
    await clock.forward(minutes=THIRTY_ONE_DAYS)
    known.facts.artist(SINGER, fanart={"musicbanner": ["https://assets.fanart.tv/new.jpg"]})

    async def both_are_new() -> bool:
        await clock.forward(seconds=4)
        return all(["new.jpg" in str(await artist_at(server, path)) for path in (ARTIST, ALBUM)])

    await eventually(both_are_new)
    await settled(server)
    assert await artist_at(server, ALBUM) == without_albums(await server.artist(SINGER))
