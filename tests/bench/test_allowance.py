from __future__ import annotations

from bench.allowance import Allowance
from lidarrmetadata.resilience.limit import Rate


def test_nobody_waits_while_there_is_room() -> None:
    allowance = Allowance(Rate(requests=60, seconds=10))
    allowance.made(31, now=100.0)
    assert allowance.seconds_until(29, now=100.0) == 0.0


def test_who_needs_more_waits_until_the_oldest_that_stand_in_the_way_are_past() -> None:
    allowance = Allowance(Rate(requests=60, seconds=10))
    allowance.made(30, now=100.0)
    allowance.made(30, now=104.0)
    assert allowance.seconds_until(30, now=105.0) == 5.0
    assert allowance.seconds_until(31, now=105.0) == 9.0
    assert allowance.seconds_until(31, now=200.0) == 0.0


def test_what_is_never_allowed_at_once_waits_until_nothing_stands_in_the_way() -> None:
    allowance = Allowance(Rate(requests=60, seconds=10))
    allowance.made(90, now=100.0)
    assert allowance.seconds_until(90, now=101.0) == 9.0


def test_what_was_never_asked_is_never_waited_for() -> None:
    allowance = Allowance(Rate(requests=200, seconds=60))
    allowance.made(200, now=100.0)
    assert allowance.seconds_until(0, now=100.0) == 0.0
