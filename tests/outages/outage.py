"""An outage under load, from before it begins until everything is as it was."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from tests.outages.catalogue import WARM
from tests.outages.load import Load, Stream, median, over_and_over, p99
from tests.serving import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.outages.conftest import Product
    from tests.serving import Serving

# Seconds.
BEFORE, AFTER = 0.3, 0.6
RECOVERY = 5.0  # until everything is as it was
AT_ONCE = 0.1  # what a monitor waits for `/`
OUTLIER = 0.25  # the same on a machine that has just started three servers
AT_MOST = 5.0
LIKE_EVER = 0.05  # for what lies ready
BUSY = 0.5  # the same while everybody comes back at once, and what lay ready is read anew

_COLD = 100  # more than are asked for in all that time
_SAID = "Said by somebody else, time"


@dataclass(frozen=True)
class Course:
    """What was asked meanwhile; `recovered` is by time.monotonic()."""

    load: Load
    recovered: float


def live_through(
    product: Product,
    server: Serving,
    begin: Callable[[], None],
    end: Callable[[], None],
    seconds: float,
) -> Course:
    """An outage while people ask, so long; returns when everything is as it was, or fails."""
    product.warm(server)
    with Load(
        server.port,
        Stream("warm", over_and_over(WARM), 50),
        Stream("cold", product.take(_COLD), 5),
        Stream("root", over_and_over(["/"]), 10),
    ) as load:
        load.goes_on(BEFORE)
        began = time.monotonic()
        begin()
        load.goes_on(seconds - (time.monotonic() - began))
        end()
        deadline = time.monotonic() + RECOVERY
        in_redis = product.keys_in_redis()

        times = count(1)

        def hears() -> bool:
            if server.get(WARM[0]).document["overview"].startswith(_SAID):
                return True
            # More than once: while no cache could answer, it may just have been made anew. And not
            # the same each time: that would be no change, and nobody is told of none.
            product.put_by_another(WARM[0], f"{_SAID} {next(times)}")
            return False

        overdue = {
            "a document never asked for": lambda: server.get(product.take(1)[0]).status == 200,
            "what others write": hears,
            "use of Redis": lambda: product.keys_in_redis() > in_redis,
        }
        for what, is_back in overdue.items():
            assert until(is_back, deadline - time.monotonic()), (what, server.log)
        recovered = time.monotonic()
        load.goes_on(AFTER)
    return Course(load, recovered)


def assert_nobody_was_let_down(course: Course) -> None:
    """Nobody was told less than could be known, nor kept waiting for ever."""
    warm, cold, root = (course.load.of(name) for name in ("warm", "cold", "root"))
    assert {asked.status for asked in warm} == {200}
    assert {asked.status for asked in cold} <= {200, 503}
    refused = [asked for asked in cold if asked.status == 503]
    assert all(asked.is_json and asked.retry_after for asked in refused)
    afterwards = course.load.of("cold", since=course.recovered)
    assert {asked.status for asked in afterwards} == {200}
    assert {asked.status for asked in root} == {200}
    assert median(root) < AT_ONCE
    assert p99(root) < OUTLIER
    assert max(asked.took for asked in warm + cold) < AT_MOST


def assert_as_quick_as_ever(course: Course) -> None:
    """What was ever asked for, that is."""
    warm = course.load.of("warm")
    assert median(warm) < LIKE_EVER
    assert p99(warm) < BUSY
