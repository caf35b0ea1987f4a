from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import NotFound, ProviderUnavailable
from lidarrmetadata.resilience import Transient, retried
from tests.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Service:
    """Answers each call with the next of its errors, and with "Nirvana" when they are used up."""

    def __init__(self, clock: ManualClock, *errors: Exception) -> None:
        self.clock = clock
        self.errors = list(errors)
        self.asked_at: list[float] = []

    async def __call__(self) -> str:
        self.asked_at.append(self.clock.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        return "Nirvana"

    async def asked(
        self, tries: int = 2, deadline: float = 60, first_wait: float = 0.2, seed: int = 1
    ) -> asyncio.Task[str]:
        """An hour after it was `retried`, which is over long before."""
        task = asyncio.create_task(
            retried(
                self,
                clock=self.clock,
                tries=tries,
                first_wait=first_wait,
                deadline=deadline,
                random=Random(seed),  # noqa: S311 - chance that is the same every time
            )
        )
        await self.clock.forward(minutes=60)
        return task


@pytest.fixture
def service() -> Callable[..., Service]:
    return lambda *errors: Service(ManualClock(), *errors)


async def test_what_fails_for_a_moment_is_tried_again(service: Callable[..., Service]) -> None:
    flaky = service(Transient("connection reset"))
    assert (await flaky.asked()).result() == "Nirvana"
    assert len(flaky.asked_at) == 2
    assert 0.1 <= flaky.asked_at[1] <= 0.2


async def test_the_waits_grow_and_no_two_callers_wait_the_same(
    service: Callable[..., Service],
) -> None:
    rhythms = []
    for seed in (1, 2):
        down = service(*[Transient("503")] * 4)
        assert (await down.asked(tries=5, first_wait=1, seed=seed)).result() == "Nirvana"
        times = down.asked_at
        waits = [later - earlier for earlier, later in pairwise(times)]
        assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))
        rhythms.append(waits)
    assert rhythms[0] != rhythms[1]


async def test_when_all_tries_are_used_up_the_last_error_is_raised(
    service: Callable[..., Service],
) -> None:
    first, last = Transient("first"), Transient("last")
    down = service(first, last, Transient("never seen"))
    assert (await down.asked()).exception() is last
    assert isinstance(last, ProviderUnavailable)


@pytest.mark.parametrize("error", [NotFound("no such artist"), ProviderUnavailable("no key")])
async def test_what_will_not_change_is_not_tried_again(
    service: Callable[..., Service], error: Exception
) -> None:
    sure = service(error)
    assert (await sure.asked()).exception() is error
    assert len(sure.asked_at) == 1


async def test_it_waits_as_long_as_the_service_asks_for(service: Callable[..., Service]) -> None:
    busy = service(Transient("429", retry_after=7))
    assert (await busy.asked()).result() == "Nirvana"
    assert busy.asked_at == [0, 7]


async def test_it_does_not_wait_for_what_comes_too_late(service: Callable[..., Service]) -> None:
    error = Transient("429", retry_after=60.5)
    busy = service(error)
    task = asyncio.create_task(retried(busy, clock=busy.clock, deadline=60))
    await busy.clock.settle()
    assert task.exception() is error
    assert error.retry_after == 61
    assert busy.asked_at == [0]


async def test_no_try_begins_after_the_deadline(service: Callable[..., Service]) -> None:
    down = service(*[Transient("503")] * 20)
    assert isinstance((await down.asked(tries=20, deadline=10)).exception(), Transient)
    assert 3 < len(down.asked_at) < 10
    assert down.asked_at[-1] <= 10
