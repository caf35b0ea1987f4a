from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.resilience import SystemClock
from tests.clock import START, ManualClock

if TYPE_CHECKING:
    from lidarrmetadata.resilience import Clock


async def test_the_clock_of_the_system_tells_the_time_of_the_system() -> None:
    clock: Clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
    assert clock.now().tzinfo is UTC
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=10)


async def test_sleepers_wake_in_order_each_at_its_own_time() -> None:
    clock = ManualClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleeper("late", 3))
        tasks.create_task(sleeper("twice", 1, 1))
        tasks.create_task(sleeper("at once", 0))
        await clock.forward(seconds=2.5)
        assert woken == [("at once", 0), ("twice", 1), ("twice", 2)]
        assert clock.monotonic() == 2.5
        await clock.forward(minutes=1)
    assert woken[-1] == ("late", 3)
    assert clock.now() == START + timedelta(seconds=62.5)


async def test_time_stands_still_until_it_is_moved() -> None:
    clock = ManualClock()
    sleeping = asyncio.create_task(clock.sleep(0.001))
    await clock.settle()
    assert not sleeping.done()
    await clock.forward(seconds=0.001)
    assert sleeping.done()


async def test_a_sleeper_that_was_cancelled_does_not_disturb_the_next() -> None:
    clock = ManualClock()
    cancelled = asyncio.create_task(clock.sleep(1))
    other = asyncio.create_task(clock.sleep(2))
    await clock.settle()
    cancelled.cancel()
    await clock.forward(seconds=2)
    assert other.done()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
