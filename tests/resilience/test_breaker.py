from __future__ import annotations

import asyncio
import logging

import pytest

from lidarrmetadata.errors import NotFound, ProviderUnavailable
from lidarrmetadata.resilience import Breaker, BreakerOpen, RateLimited
from tests.clock import ManualClock

DOWN = ProviderUnavailable("fanart answered 503")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(clock, failures=3, seconds=60, name="fanart")


async def call(breaker: Breaker, error: BaseException | None = None) -> str:
    """One call that ends in `error`; says what came of it."""
    asked = False
    try:
        async with breaker:
            asked = True
            if error is not None:
                raise error
    except BreakerOpen:
        assert not asked
        return "refused"
    except BaseException as raised:
        return "failed" if raised is error else repr(raised)
    return "fine"


async def opened(breaker: Breaker) -> None:
    for _ in range(3):
        assert await call(breaker, DOWN) == "failed"
    assert breaker.state == "open"


@pytest.mark.parametrize(
    "failure", [DOWN, ConnectionRefusedError("no one there"), TimeoutError("10 s")]
)
async def test_after_failures_in_a_row_the_service_is_left_alone(
    breaker: Breaker, clock: ManualClock, failure: Exception
) -> None:
    for _ in range(3):
        assert breaker.state == "closed"
        assert await call(breaker, failure) == "failed"
    assert breaker.state == "open"
    await clock.forward(seconds=15.5)
    with pytest.raises(BreakerOpen, match="fanart has failed 3 times") as refused:
        async with breaker:
            pytest.fail("the service was asked")
    assert isinstance(refused.value, ProviderUnavailable)
    assert refused.value.retry_after == 45


@pytest.mark.parametrize("answer", [None, NotFound("no such artist"), ValueError("odd JSON")])
async def test_any_answer_in_between_starts_the_count_again(
    breaker: Breaker, answer: Exception | None
) -> None:
    for error in (DOWN, DOWN, answer, DOWN, DOWN):
        await call(breaker, error)
    assert breaker.state == "closed"
    await call(breaker, DOWN)
    assert breaker.state == "open"


@pytest.mark.parametrize(
    "nothing", [asyncio.CancelledError(), RateLimited("our own limit", 5), KeyboardInterrupt()]
)
async def test_what_says_nothing_about_the_service_counts_neither_way(
    breaker: Breaker, nothing: BaseException
) -> None:
    for error in (DOWN, nothing, nothing, nothing, DOWN, nothing):
        await call(breaker, error)
    assert breaker.state == "closed"
    await call(breaker, DOWN)
    assert breaker.state == "open"


async def test_one_call_tries_and_its_success_lets_everybody_in(
    breaker: Breaker, clock: ManualClock
) -> None:
    await opened(breaker)
    await clock.forward(seconds=59)
    assert await call(breaker) == "refused"
    await clock.forward(seconds=1)
    assert breaker.state == "open"
    async with breaker:
        assert breaker.state == "trial"
        others = await asyncio.gather(*(asyncio.create_task(call(breaker)) for _ in range(5)))
        assert others == ["refused"] * 5
    assert breaker.state == "closed"
    assert await call(breaker, DOWN) == "failed"
    assert breaker.state == "closed"


async def test_a_trial_that_fails_keeps_everybody_out_for_as_long_again(
    breaker: Breaker, clock: ManualClock
) -> None:
    await opened(breaker)
    await clock.forward(seconds=60)
    assert await call(breaker, DOWN) == "failed"
    assert breaker.state == "open"
    await clock.forward(seconds=59)
    assert await call(breaker) == "refused"
    await clock.forward(seconds=1)
    assert await call(breaker) == "fine"


async def test_a_trial_that_is_cancelled_leaves_its_place_to_the_next(
    breaker: Breaker, clock: ManualClock
) -> None:
    await opened(breaker)
    await clock.forward(seconds=60)

    async def hanging() -> None:
        async with breaker:
            await clock.sleep(3600)

    trial = asyncio.create_task(hanging())
    await clock.settle()
    assert breaker.state == "trial"
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert breaker.state == "open"
    assert await call(breaker) == "fine"
    assert breaker.state == "closed"


@pytest.mark.parametrize("end", [None, DOWN])
async def test_calls_from_before_are_not_taken_for_the_trial(
    breaker: Breaker, clock: ManualClock, end: Exception | None
) -> None:
    async def slow() -> None:
        async with breaker:
            await clock.sleep(70)
            if end:
                raise end

    old = asyncio.create_task(slow())
    await clock.settle()
    await opened(breaker)
    await clock.forward(seconds=65)
    async with breaker:
        await clock.forward(seconds=5)
        assert old.done()
        assert old.exception() is end
        assert breaker.state == "trial"
    assert breaker.state == "closed"


async def test_an_outage_is_two_lines_in_the_log(
    breaker: Breaker, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lidarrmetadata.resilience")
    await opened(breaker)
    await call(breaker)
    await clock.forward(seconds=60)
    await call(breaker, DOWN)
    await clock.forward(seconds=60)
    await call(breaker)
    await call(breaker)
    assert caplog.messages == [
        "event=breaker_opened name=fanart failures=3 seconds=60 "
        "error=ProviderUnavailable message='fanart answered 503'",
        "event=breaker_closed name=fanart",
    ]
