from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.resilience import NullRateLimiter, Rate, RateLimited, SimpleRateLimiter
from tests.clock import ManualClock

if TYPE_CHECKING:
    from lidarrmetadata.resilience import RateLimiter

ONE_A_SECOND = Rate(requests=1, seconds=1)


class Crowd:
    """Callers of one limiter, and when each got its slot."""

    def __init__(self, limiter: RateLimiter, clock: ManualClock) -> None:
        self.limiter = limiter
        self.clock = clock
        self.served: list[tuple[str, float]] = []

    async def joined_by(self, name: str, patience: float) -> asyncio.Task[None]:
        async def call() -> None:
            await self.limiter.acquire(patience)
            self.served.append((name, self.clock.monotonic()))

        task = asyncio.create_task(call())
        await self.clock.settle()
        return task


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def crowd_at(clock: ManualClock, rate: Rate = ONE_A_SECOND) -> Crowd:
    return Crowd(SimpleRateLimiter(rate, clock), clock)


async def test_slots_are_given_first_come_first_served_at_the_rate(clock: ManualClock) -> None:
    crowd = crowd_at(clock, Rate(requests=2, seconds=1))
    for name in "abcde":
        await crowd.joined_by(name, patience=10)
    await clock.forward(seconds=10)
    assert crowd.served == [("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2)]


async def test_no_window_ever_holds_more_than_the_rate_and_nothing_piles_up(
    clock: ManualClock,
) -> None:
    rate = Rate(requests=5, seconds=2)
    limiter = SimpleRateLimiter(rate, clock)
    crowd = Crowd(limiter, clock)
    random = Random(7)  # noqa: S311 - chance is wanted that is the same every time
    callers = []
    for name in range(300):
        caller = await crowd.joined_by(str(name), random.choice([0, 1, 5, 30]))
        callers.append(caller)
        if random.random() < 0.1:
            random.choice(callers[-8:]).cancel()
        if random.random() < 0.02:
            limiter.pause(random.choice([0.25, 3]))
        await clock.forward(seconds=random.choice([0, 0, 0.125, 1]))
    await clock.forward(seconds=60)
    assert all(caller.done() for caller in callers)
    await asyncio.gather(*callers, return_exceptions=True)
    times = [at for _, at in crowd.served]
    assert len(times) > 150
    assert all(
        later - first >= rate.seconds for first, later in zip(times, times[5:], strict=False)
    )
    names = [int(name) for name, _ in crowd.served]
    assert names == sorted(names)
    assert limiter._line == []
    assert len(limiter._taken) == rate.requests


async def test_who_would_wait_in_vain_is_refused_at_once_and_told_when_to_come_back(
    clock: ManualClock,
) -> None:
    crowd = crowd_at(clock, Rate(requests=1, seconds=10))
    await crowd.limiter.acquire(0)
    await clock.forward(seconds=2.5)
    with pytest.raises(RateLimited, match=r"another 7\.5 s: the limit of 1 in 10 s") as refused:
        await crowd.limiter.acquire(patience=7)
    assert isinstance(refused.value, ProviderUnavailable)
    assert refused.value.retry_after == 8
    assert clock.monotonic() == 2.5


async def test_those_who_wait_already_count_when_a_newcomer_asks(clock: ManualClock) -> None:
    crowd = crowd_at(clock)
    for name in "abc":
        await crowd.joined_by(name, patience=2)
    with pytest.raises(RateLimited) as refused:
        await crowd.limiter.acquire(patience=2)
    assert refused.value.retry_after == 3
    await clock.forward(seconds=2)
    assert crowd.served == [("a", 0), ("b", 1), ("c", 2)]


async def test_who_goes_away_takes_no_slot_and_those_behind_move_up(clock: ManualClock) -> None:
    crowd = crowd_at(clock)
    callers = {name: await crowd.joined_by(name, patience=10) for name in "abcde"}
    callers["b"].cancel()
    callers["d"].cancel()
    await clock.forward(seconds=10)
    assert crowd.served == [("a", 0), ("c", 1), ("e", 2)]


async def test_a_timeout_around_a_waiter_takes_no_slot(clock: ManualClock) -> None:
    crowd = crowd_at(clock)
    await crowd.limiter.acquire(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await crowd.limiter.acquire(patience=10)
    await crowd.joined_by("next", patience=1)
    await clock.forward(seconds=1)
    assert crowd.served == [("next", 1)]


async def test_in_a_pause_nobody_gets_a_slot(clock: ManualClock) -> None:
    crowd = crowd_at(clock, Rate(requests=100, seconds=1))
    crowd.limiter.pause(30)
    crowd.limiter.pause(3)
    await crowd.joined_by("patient", patience=30)
    with pytest.raises(RateLimited) as refused:
        await crowd.limiter.acquire(patience=29)
    assert refused.value.retry_after == 30
    await clock.forward(seconds=30)
    assert crowd.served == [("patient", 30)]


async def test_a_pause_sends_away_at_once_whoever_now_waits_in_vain(clock: ManualClock) -> None:
    crowd = crowd_at(clock)
    await crowd.limiter.acquire(0)
    hasty = await crowd.joined_by("hasty", patience=5)
    patient = await crowd.joined_by("patient", patience=60)
    last = await crowd.joined_by("last", patience=6)
    crowd.limiter.pause(20)
    await clock.settle()
    assert isinstance(hasty.exception(), RateLimited)
    assert isinstance(last.exception(), RateLimited)
    assert not patient.done()
    await clock.forward(seconds=30)
    assert crowd.served == [("patient", 20)]


async def test_the_free_slots_are_known(clock: ManualClock) -> None:
    limiter = SimpleRateLimiter(Rate(requests=3, seconds=1), clock)
    assert limiter.remaining() == 3
    await limiter.acquire(0)
    await clock.forward(seconds=0.5)
    await limiter.acquire(0)
    assert limiter.remaining() == 1
    await clock.forward(seconds=0.5)
    assert limiter.remaining() == 2
    limiter.pause(2)
    assert limiter.remaining() == 0
    await clock.forward(seconds=2)
    assert limiter.remaining() == 3


async def test_without_a_limit_nothing_is_counted_or_paused(clock: ManualClock) -> None:
    limiter = NullRateLimiter()
    crowd = Crowd(limiter, clock)
    limiter.pause(60)
    for name in range(1000):
        await crowd.limiter.acquire(0)
        crowd.served.append((str(name), clock.monotonic()))
    assert {at for _, at in crowd.served} == {0}
    assert limiter.remaining() > 10**9


@pytest.mark.parametrize(("requests", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_a_rate_that_allows_nothing_is_refused(requests: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="allows nothing"):
        Rate(requests, seconds)
