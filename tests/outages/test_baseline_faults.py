"""Faults of the official server, none of which this one has; those that have no test elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests import dumps
from tests.api.singers import BUDGET, EVERYBODY, PATIENCE, SINGERS, choir, heard, known_by
from tests.catalogue.databases import empty_database
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

MINUTES = 24 * 60  # of a day
MONTH = 30 * 24 * 3600  # seconds
SHORT = 300  # seconds
UNKNOWN = "00000000-0000-4000-8000-000000000000"
SINGER = SINGERS[0]

FAULTS: dict[str, tuple[str, str, Callable[[Any], None]]] = {
    "no overview after an outage of Wikipedia": (
        "wikipedia",
        "wikipedia",
        lambda service: service.fails_with(503),
    ),
    "no images after 429 from fanart.tv": (
        "fanart",
        "fanart",
        lambda service: service.fails_with(429),
    ),
    "nothing after invalid JSON from TheAudioDB": (
        "theaudiodb",
        "theaudiodb",
        lambda service: service.answers_garbage(),
    ),
}
NEVER_500 = {
    "since=abc": "/recent/artist?since=abc",
    "since is NUL": "/recent/album?since=%00",
    "since beyond all time": "/recent/artist?since=99999999999999999999",
    "since of 60 kB": f"/recent/album?since={'1' * 60_000}",
    "since in full-width digits": "/recent/artist?since=%EF%BC%91",
    "since is no UTF-8": "/recent/artist?since=%FF",
    "a series": "/series/x",
}


@pytest.fixture(scope="module")
def catalogue(postgres: PostgresAddress) -> Database:
    return dumps.create(postgres, "baseline_faults", choir().write)


@pytest.fixture
def settings(catalogue: Database, internet: Internet) -> dict[str, Any]:
    """Settings of a server over services that know the singers."""
    known_by(internet)
    patience = dict.fromkeys(
        ("FANART_TIMEOUT", "THEAUDIODB_TIMEOUT", "WIKIPEDIA_TIMEOUT"), PATIENCE
    )
    return {"DATABASE": catalogue, "ANSWER_BUDGET": BUDGET, **patience, **internet.settings()}


@pytest.fixture
async def cache(postgres: PostgresAddress) -> AsyncIterator[dict[str, str]]:
    """The setting CACHE, of a database that holds nothing."""
    async with empty_database(postgres) as url:
        yield {"postgres_url": url}


def shared_seconds(header: str) -> int:
    """Seconds that a `Cache-Control` lets a shared cache keep an answer."""
    if "no-store" in header:
        return 0
    found = re.search(r"\bs-maxage=(-?\d+)", header)
    assert found is not None, header
    return int(found[1])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_a_service_is_not_remembered_as(
    client_of: MakeClient, internet: Internet, settings: dict[str, Any], fault: str
) -> None:
    clock = ManualClock()
    server = await client_of(clock, **settings)
    service, provider, spoil = FAULTS[fault]
    spoil(internet.services[service])
    assert heard(await server.artist(SINGER)) == EVERYBODY - {provider}
    await clock.forward(seconds=2)  # it may be tried once more
    await internet.services[service].quiet()
    internet.services[service].recovers()

    async def half_an_hour_later() -> bool:
        await clock.forward(minutes=31)
        return heard(await server.artist(SINGER)) == EVERYBODY

    await eventually(half_an_hour_later)


async def test_400_and_404_are_not_publicly_cacheable_for_long(
    client_of: MakeClient, catalogue: Database
) -> None:
    server = await client_of(DATABASE=catalogue)
    for status, mbid, most in ((400, "x", 0), (404, UNKNOWN, SHORT)):
        for kind in ("artist", "album"):
            answer = await server.get(f"/{kind}/{mbid}")
            assert answer.status_code == status
            assert shared_seconds(answer.headers["Cache-Control"]) <= most


async def test_lifetimes_do_not_shrink_with_uptime(
    client_of: MakeClient, catalogue: Database, cache: dict[str, str]
) -> None:
    clock = ManualClock()
    lifetime = MONTH
    server = await client_of(clock, DATABASE=catalogue, CACHE=cache, CACHE_TTL={"artist": lifetime})

    async def of_a_new_answer(mbid: str) -> int:
        answer = await server.get(f"/artist/{mbid}")
        assert answer.status_code == 200
        return shared_seconds(answer.headers["Cache-Control"])

    for month, mbid in enumerate(SINGERS[:12]):
        # A tenth may be missing, so that not all grow old at one moment.
        assert 0.89 * lifetime <= await of_a_new_answer(mbid) <= lifetime, f"after {month} months"
        await clock.forward(minutes=30 * MINUTES)


async def test_all_spellings_of_an_id_share_one_entry(
    client_of: MakeClient, catalogue: Database, cache: dict[str, str]
) -> None:
    server = await client_of(DATABASE=catalogue, CACHE=cache)
    spellings = [SINGER, SINGER.upper(), f"{SINGER}/", SINGER.title()]
    bodies = [await (await server.get(f"/artist/{one}")).get_data() for one in spellings]
    assert len(set(bodies)) == 1
    for odd in (f"{{{SINGER}}}", SINGER.replace("-", ""), f"urn:uuid:{SINGER}"):
        assert (await server.get(f"/artist/{odd}")).status_code == 400
    assert await kept(cache) == [SINGER]


async def kept(cache: dict[str, str]) -> list[str]:
    """Keys of artists, once there are any."""
    connection = await asyncpg.connect(cache["postgres_url"])
    keys: list[str] = []

    async def some() -> bool:
        keys[:] = [
            row["key"]
            for row in await connection.fetch("SELECT key FROM lidarrmetadata_cache.artist")
        ]
        return bool(keys)

    try:
        await eventually(some)
    finally:
        await connection.close()
    return keys


async def test_recent_changes_are_not_cacheable_for_a_month(
    client_of: MakeClient, catalogue: Database, cache: dict[str, str]
) -> None:
    for settings in ({}, {"CACHE": cache}):
        server = await client_of(DATABASE=catalogue, **settings)
        for path in ("/recent/artist", "/recent/album"):
            answer = await server.get(path)
            assert answer.status_code == 200
            assert shared_seconds(answer.headers["Cache-Control"]) <= SHORT


@pytest.fixture
async def server(client_of: MakeClient, catalogue: Database, cache: dict[str, str]) -> Client:
    return await client_of(DATABASE=catalogue, CACHE=cache)


@pytest.mark.parametrize("path", NEVER_500.values(), ids=NEVER_500)
async def test_odd_input_is_never_500(server: Client, path: str) -> None:
    answer = await server.get(path)
    assert answer.status_code in {200, 400, 404}
    assert isinstance(await answer.get_json(), dict)
