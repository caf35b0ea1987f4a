"""A table takes its share of the connections, and no more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.cache.turns import Turns
from tests.eventually import eventually


@pytest.mark.parametrize(("connections", "share"), [(1, 1), (2, 1), (8, 2), (12, 4)])
async def test_a_third_of_the_connections_may_work_on_one_table(
    connections: int, share: int
) -> None:
    turns = Turns(connections, wait=0.05)
    async with AsyncExitStack() as stack:
        for _ in range(share):
            await stack.enter_async_context(turns.at("artist"))
        with pytest.raises(CacheUnavailable, match="artist"):
            await stack.enter_async_context(turns.at("artist"))
        await stack.enter_async_context(turns.at("album"))
    async with turns.at("artist"):
        pass


async def test_the_time_for_a_turn_is_taken_off_the_time_for_a_connection() -> None:
    turns = Turns(1, wait=60)
    loop = asyncio.get_running_loop()
    async with turns.at("artist") as left:
        assert 59 < left <= 60
        begun = loop.time()
        second = asyncio.create_task(turns.at("artist").__aenter__())

        async def time_has_passed() -> bool:
            return loop.time() - begun > 0.02

        await eventually(time_has_passed)
    assert 50 < await second < 60 - 0.01


async def test_who_goes_away_while_waiting_takes_no_turn() -> None:
    turns = Turns(1, wait=60)
    async with turns.at("artist"):
        second = asyncio.create_task(turns.at("artist").__aenter__())
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
    async with asyncio.timeout(5), turns.at("artist") as left:
        assert left > 59
