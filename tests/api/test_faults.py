"""Every service with everything that can be wrong with it: nobody else suffers, nothing sticks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.contract import violations
from tests.api.singers import (
    BUDGET,
    DISC,
    EVERYBODY,
    PROVIDER_OF,
    SINGERS,
    heard,
    known_by,
    without_albums,
)
from tests.clock import ManualClock
from tests.eventually import eventually
from tests.internet import Internet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Client, MakeClient
    from tests.internet.service import Service

SIX = SINGERS[:6]
GRACE = 1.0  # seconds above the budget, on a machine that does other things as well

FAULTS: dict[str, Callable[[Service], None]] = {
    "hang": lambda service: service.hangs(),
    "429": lambda service: service.fails_with(429),
    "429 with Retry-After": lambda service: service.fails_with(429, retry_after=30),
    "500": lambda service: service.fails_with(500),
    "503": lambda service: service.fails_with(503),
    "503 with Retry-After": lambda service: service.fails_with(503, retry_after=30),
    "invalid JSON": lambda service: service.answers_garbage(),
    "null": lambda service: service.answers(b"null"),
    "HTML": lambda service: service.answers_html(),
    "wrong type": lambda service: service.answers_wrong_types(0),
    "wrong types": lambda service: service.answers_wrong_types(1),
    "cut before the answer": lambda service: service.cuts_connection("before"),
    "cut after the headers": lambda service: service.cuts_connection("headers"),
    "cut in the body": lambda service: service.cuts_connection("body"),
}


async def artists_in_time(server: Client) -> list[dict[str, Any]]:
    """Six artists asked for at once: all answered in time, and in a way that Lidarr takes."""
    began = time.monotonic()
    answers = await asyncio.gather(*(server.get(f"/artist/{singer}") for singer in SIX))
    assert time.monotonic() - began < BUDGET + GRACE
    assert [answer.status_code for answer in answers] == [200] * len(SIX)
    bodies = [await answer.get_data() for answer in answers]
    assert [violations("artist", body) for body in bodies] == [[]] * len(SIX)
    return [await answer.get_json() for answer in answers]


async def everybody_is_heard(server: Client) -> bool:
    return [heard(a) for a in await artists_in_time(server)] == [EVERYBODY] * len(SIX)


async def assert_everybody_is_heard_in_half_an_hour(server: Client, clock: ManualClock) -> None:
    """That is how long an answer lasts that lacks something; the next to ask has it made anew."""

    async def half_an_hour_later() -> bool:
        await clock.forward(minutes=31)
        await server.artist(SINGERS[-1])  # what has been left alone is tried with one
        return await everybody_is_heard(server)

    await eventually(half_an_hour_later)


async def assert_album_agrees(server: Client) -> None:
    """The album is taken by Lidarr, and shows the artists as they are shown by themselves."""
    answer = await server.get(f"/album/{DISC}")
    assert violations("album", await answer.get_data()) == []
    entries = {artist["id"]: artist for artist in (await answer.get_json())["artists"]}
    for singer in SIX[:2]:
        assert entries[singer] == without_albums(await server.artist(singer))


@pytest.mark.parametrize("service", PROVIDER_OF)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_service_that_is_ill_takes_nothing_along_and_is_heard_again_when_it_is_well(
    client_of: MakeClient, known: Internet, settings: dict[str, Any], service: str, fault: str
) -> None:
    clock = ManualClock()
    server = await client_of(clock, **settings)
    ill = known.services[service]
    FAULTS[fault](ill)

    others = EVERYBODY - {PROVIDER_OF[service]}
    assert [heard(a) for a in await artists_in_time(server)] == [others] * len(SIX)
    await clock.forward(seconds=2)  # it may be tried once more
    await ill.quiet()
    await assert_album_agrees(server)

    ill.recovers()
    await assert_everybody_is_heard_in_half_an_hour(server, clock)


# Wikipedia shares its breaker with Wikidata, which is asked first and answers.
@pytest.mark.parametrize("service", ["fanart", "theaudiodb", "wikidata"])
async def test_a_service_that_keeps_failing_is_left_alone_for_a_minute(
    client_of: MakeClient, known: Internet, settings: dict[str, Any], service: str
) -> None:
    clock = ManualClock()
    server = await client_of(clock, **settings)
    ill = known.services[service]
    ill.fails_with(403)
    for singer in SINGERS[6:20]:
        before = ill.total
        await server.artist(singer)
        if ill.total == before:
            break
    ill.recovers()
    ill.forget()
    others = EVERYBODY - {PROVIDER_OF[service]}
    assert [heard(a) for a in await artists_in_time(server)] == [others] * len(SIX)
    await clock.forward(seconds=55)
    assert heard(await server.artist(SINGERS[20])) == others
    assert ill.total == 0
    await clock.forward(seconds=10)
    await server.artist(SINGERS[21])
    assert heard(await server.artist(SINGERS[22])) == EVERYBODY


@pytest.mark.parametrize("service", PROVIDER_OF)
async def test_a_slow_service_is_not_waited_for_and_its_answer_is_there_the_next_time(
    client_of: MakeClient, known: Internet, settings: dict[str, Any], service: str
) -> None:
    server = await client_of(ManualClock(), **settings)
    slow = known.services[service]
    slow.delays(BUDGET + 0.1)
    others = EVERYBODY - {PROVIDER_OF[service]}
    assert [heard(a) for a in await artists_in_time(server)] == [others] * len(SIX)
    slow.recovers()
    await slow.quiet()
    await eventually(lambda: everybody_is_heard(server))
    assert all(len(slow.requests_for(singer)) <= 1 for singer in SIX)


@pytest.mark.parametrize("service", PROVIDER_OF)
async def test_a_service_that_refuses_connections_takes_nothing_along(
    client_of: MakeClient, settings: dict[str, Any], service: str
) -> None:
    clock = ManualClock()
    async with Internet() as elsewhere:
        known_by(elsewhere)
        moved = elsewhere.services[service].settings(elsewhere.url)
        server = await client_of(clock, **{**settings, **moved})
        await elsewhere.down()
        others = EVERYBODY - {PROVIDER_OF[service]}
        assert [heard(a) for a in await artists_in_time(server)] == [others] * len(SIX)
        await clock.forward(seconds=2)  # it may be tried once more
        await assert_album_agrees(server)
        await elsewhere.up()
        await assert_everybody_is_heard_in_half_an_hour(server, clock)


async def test_without_the_internet_the_catalogue_still_answers(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    clock = ManualClock()
    server = await client_of(clock, **settings)
    await known.down()
    assert [heard(artist) for artist in await artists_in_time(server)] == [set()] * len(SIX)
    await clock.forward(seconds=2)
    await assert_album_agrees(server)
