from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.resilience.singleflight import SingleFlight
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.resilience.singleflight import Tell

    Flights = SingleFlight[str, str]

SOON = 5.0
NIRVANA = "nirvana"


class Work:
    """Tells a word when it is let, and ends, in one way or another, when it is let once more."""

    def __init__(self, says: str = "Nirvana", *, fails: Exception | None = None) -> None:
        self.says = says
        self.fails = fails
        self.begun = 0
        self.was_cancelled = False
        self.may_tell = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, tell: Tell[str]) -> None:
        self.begun += 1
        try:
            await self.may_tell.wait()
            if self.says:
                tell(self.says)
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if self.fails:
            raise self.fails

    def ends(self) -> None:
        self.may_tell.set()
        self.may_end.set()


@pytest.fixture
async def flights() -> AsyncIterator[Flights]:
    flights: Flights = SingleFlight()
    yield flights
    await flights.close()
    assert len(flights) == 0


async def landed(flights: Flights) -> None:
    async def none_is_left() -> bool:
        return not len(flights)

    await eventually(none_is_left)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR]


async def test_who_asks_for_what_is_being_worked_on_gets_the_same(flights: Flights) -> None:
    first, second = Work("first"), Work("second")
    waiting = [flights.join(NIRVANA, first), *(flights.join(NIRVANA, second) for _ in range(9))]
    first.ends()
    assert await asyncio.gather(*waiting) == ["first"] * 10
    assert (first.begun, second.begun) == (1, 0)


async def test_other_keys_are_flights_of_their_own(flights: Flights) -> None:
    nirvana, abba = Work("Nirvana"), Work("ABBA")
    waiting = [flights.join(NIRVANA, nirvana), flights.join("abba", abba)]
    assert len(flights) == 2
    abba.ends()
    nirvana.ends()
    assert await asyncio.gather(*waiting) == ["Nirvana", "ABBA"]


async def test_a_result_is_told_before_the_work_is_over_and_still_to_who_comes_meanwhile(
    flights: Flights,
) -> None:
    work, other = Work(), Work("other")
    early = flights.join(NIRVANA, work)
    work.may_tell.set()
    async with asyncio.timeout(SOON):
        assert await early == "Nirvana"
        assert NIRVANA in flights
        assert await flights.join(NIRVANA, other) == "Nirvana"
    assert other.begun == 0
    work.ends()
    await landed(flights)
    other.ends()
    assert await flights.join(NIRVANA, other) == "other"


async def test_only_what_is_told_first_counts(flights: Flights) -> None:
    async def tells_twice(tell: Tell[str]) -> None:
        tell("first")
        tell("second")

    assert await flights.join(NIRVANA, tells_twice) == "first"


async def test_a_failure_is_everybodys_and_the_next_begins_anew(flights: Flights) -> None:
    work = Work("", fails=ValueError("no such band"))
    waiting = [flights.join(NIRVANA, work) for _ in range(3)]
    work.ends()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(result) for result in results] == ["no such band"] * 3
    well = Work()
    well.ends()
    assert await flights.join(NIRVANA, well) == "Nirvana"


async def test_a_failure_after_the_result_is_logged_and_spoils_nothing(
    flights: Flights, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(fails=ValueError("the disk is full"))
    waiting = flights.join(NIRVANA, work)
    work.ends()
    assert await waiting == "Nirvana"
    await landed(flights)
    assert failures(caplog) == ["event=flight_failed key='nirvana'"]
    assert "the disk is full" in caplog.text


async def test_a_failure_that_nobody_waits_for_disturbs_nobody(
    flights: Flights, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work("", fails=ValueError("no such band"))
    flights.join(NIRVANA, work)
    work.ends()
    await landed(flights)
    assert failures(caplog) == []


async def test_work_that_tells_nothing_is_a_mistake_that_keeps_nobody_waiting(
    flights: Flights,
) -> None:
    work = Work("")
    waiting = flights.join(NIRVANA, work)
    work.ends()
    async with asyncio.timeout(SOON):
        with pytest.raises(AssertionError, match="without a result"):
            await waiting


async def test_who_stops_waiting_stops_neither_the_others_nor_the_work(flights: Flights) -> None:
    work = Work()
    patient = flights.join(NIRVANA, work)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(flights.join(NIRVANA, work), 0.01)
    gone = flights.join(NIRVANA, work)
    gone.cancel()
    work.ends()
    assert await patient == "Nirvana"
    assert not work.was_cancelled


async def test_work_goes_on_when_nobody_waits_any_more(flights: Flights) -> None:
    work = Work()
    flights.join(NIRVANA, work).cancel()
    assert NIRVANA in flights
    work.may_tell.set()
    assert await flights.join(NIRVANA, work) == "Nirvana"
    assert work.begun == 1


async def test_closing_gives_up_what_is_under_way_told_or_not() -> None:
    flights: Flights = SingleFlight()
    untold, told = Work(), Work()
    waiting = flights.join(NIRVANA, untold)
    told.may_tell.set()
    assert await flights.join("abba", told) == "Nirvana"
    others = asyncio.all_tasks()
    await flights.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert untold.was_cancelled
    assert told.was_cancelled
    assert len(flights) == 0
    assert len(others - asyncio.all_tasks()) == 2


async def test_who_comes_after_a_flight_was_left_gets_a_new_one_and_the_others_theirs(
    flights: Flights,
) -> None:
    first, second = Work("first"), Work("second")
    early = flights.join(NIRVANA, first)
    flights.leave(NIRVANA)
    assert NIRVANA not in flights
    late = flights.join(NIRVANA, second)
    first.ends()
    assert await early == "first"

    async def first_has_landed() -> bool:
        return len(flights) == 1

    await eventually(first_has_landed)
    assert NIRVANA in flights
    second.ends()
    assert await late == "second"
