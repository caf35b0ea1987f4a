"""Asking for recent changes has them looked for, now and then, and never waits long for that."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.api import changes
from tests.cache.conftest import locked as locked_in_cache
from tests.catalogue import edge_cases as edge
from tests.changing import Place, place, posted, recent
from tests.clock import START, ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient

SOON = 3.0
FUTURE = "9999-12-31"  # since when nothing has changed: what is limited is so for other reasons


class Searches:
    """Searches for changes in this test (not in its fixtures), by what is logged of each."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def _lines(self, event: str) -> int:
        return sum(message.startswith(f"event={event} ") for message in self._caplog.messages)

    @property
    def found(self) -> int:
        return self._lines("changes_found")

    @property
    def failed(self) -> int:
        return self._lines("changes_unknown")


@pytest.fixture
def searches(caplog: pytest.LogCaptureFixture) -> Searches:
    caplog.set_level(logging.INFO, "lidarrmetadata")
    return Searches(caplog)


@pytest.fixture
async def own(postgres: PostgresAddress) -> AsyncIterator[Place]:
    async with place(postgres) as made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server(client_of: MakeClient, own: Place, clock: ManualClock) -> Client:
    """A server that has Ben, and has looked for changes at START, before his name changed."""
    server = await client_of(clock, **{**own.settings(), "ANSWER_BUDGET": 3.0})
    await server.artist(edge.BEN)
    await posted(server, "/invalidate")
    await own.searched(START)  # by the clock of tests; the database has its own
    await own.rename("artist", edge.BEN, "Ben Candle", at=START)

    async def ben_is_kept() -> bool:
        return edge.BEN in await own.kept("artist") - await own.due("artist")

    await eventually(ben_is_kept)
    return server


async def test_a_search_is_set_off_when_the_last_was_a_quarter_of_an_hour_ago(
    server: Client, own: Place, clock: ManualClock, searches: Searches
) -> None:
    await clock.forward(minutes=15)
    await recent(server, "artist")
    assert searches.found == 0
    assert await own.due("artist") == set()
    await clock.forward(seconds=1)
    assert (await recent(server, "artist"))["items"] == [edge.BEN]
    assert searches.found == 1
    assert await own.due("artist") == {edge.BEN}


async def test_however_many_ask_there_is_one_search_in_that_time(
    server: Client, own: Place, clock: ManualClock, searches: Searches
) -> None:
    for times in (1, 2):
        await clock.forward(minutes=16)
        await asyncio.gather(*(recent(server, kind) for kind in ("artist", "album") * 5))
        await own.searched(clock.now())
        await asyncio.gather(*(recent(server, kind) for kind in ("artist", "album") * 5))
        assert searches.found == times


async def test_the_very_first_who_asks_sets_off_the_first_search(
    client_of: MakeClient, own: Place, searches: Searches
) -> None:
    server = await client_of(ManualClock(), **own.settings())
    assert not (await recent(server, "artist", FUTURE))["limited"]
    assert searches.found == 1


async def test_a_search_that_fails_is_not_tried_again_for_an_hour(
    server: Client, own: Place, clock: ManualClock, searches: Searches
) -> None:
    await clock.forward(minutes=16)
    async with own.without_catalogue():
        for minutes, failed in ((0, 1), (1, 1), (58, 1), (1, 2)):
            await clock.forward(minutes=minutes)
            async with asyncio.timeout(SOON):
                assert not (await recent(server, "artist", FUTURE))["limited"]
            assert searches.failed == failed
    await clock.forward(minutes=61)

    async def is_found() -> bool:
        await clock.forward(minutes=61)  # until the server has noticed that it is back
        return edge.BEN in (await recent(server, "artist"))["items"]

    await eventually(is_found)


async def test_when_no_search_has_succeeded_for_two_days_it_is_limited(
    server: Client, own: Place, clock: ManualClock
) -> None:
    async with own.without_catalogue():
        for minutes, limited in ((2 * 24 * 60 - 1, False), (2, True)):
            await clock.forward(minutes=minutes)
            assert (await recent(server, "artist", FUTURE))["limited"] is limited


async def test_a_search_that_never_succeeded_makes_it_limited(
    client_of: MakeClient, own: Place, searches: Searches
) -> None:
    server = await client_of(ManualClock(), **own.settings())
    async with own.without_catalogue():
        assert (await recent(server, "artist", FUTURE))["limited"]
    assert (searches.found, searches.failed) == (0, 1)


async def test_a_search_that_takes_long_holds_nobody_up_and_is_finished_all_the_same(
    server: Client, own: Place, clock: ManualClock, searches: Searches
) -> None:
    await clock.forward(minutes=16)
    async with locked_in_cache(own.cache, "seen_change"):
        for _ in range(3):
            async with asyncio.timeout(SOON):
                answer = await recent(server, "artist", FUTURE)
            assert not answer["limited"]
        assert (searches.found, searches.failed) == (0, 0)
        assert await own.due("artist") == set()
    await eventually(lambda: is_expired(own))


async def is_expired(own: Place) -> bool:
    return await own.due("artist") == {edge.BEN}


async def test_another_process_at_its_search_holds_nobody_up(
    server: Client, own: Place, clock: ManualClock, searches: Searches, client_of: MakeClient
) -> None:
    other = await client_of(clock, **own.settings())
    async with locked_in_cache(own.cache, "seen_change"):
        searching = asyncio.create_task(posted(other, "/invalidate"))

        async def it_waits() -> bool:
            return bool(
                await own.keeper.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
            )

        await eventually(it_waits)
        await clock.forward(minutes=16)
        async with asyncio.timeout(SOON):
            await recent(server, "artist")
        assert searches.failed == 1
    assert (await searching)["artists"] == 1
    assert (await recent(server, "artist"))["items"] == [edge.BEN]


async def test_a_server_that_stops_ends_a_search_that_was_set_off(
    server: Client, own: Place, clock: ManualClock
) -> None:
    await clock.forward(minutes=16)
    async with locked_in_cache(own.cache, "seen_change"):
        await recent(server, "artist")
        assert searching()
        async with asyncio.timeout(SOON):
            await server.http.app.shutdown()
        assert not searching()
    assert await own.due("artist") == set()


def searching() -> bool:
    """Whether a search is under way in this process."""
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    return any(
        inspect.iscoroutine(one) and inspect.getfile(one.cr_code) == changes.__file__
        for one in coroutines
    )
