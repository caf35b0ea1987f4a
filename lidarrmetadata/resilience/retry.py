"""Try again what may well work the next time."""

from __future__ import annotations

import math
from random import Random, SystemRandom
from typing import TYPE_CHECKING, TypeVar

from lidarrmetadata.errors import ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lidarrmetadata.resilience.clock import Clock

T = TypeVar("T")

RANDOM = SystemRandom()


class Transient(ProviderUnavailable):
    """The service failed in a way that may be over in a moment.

    `asked_wait` is what it said in Retry-After, in seconds; None if it did not.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.asked_wait = retry_after
        if retry_after is not None:
            self.retry_after = max(1, math.ceil(retry_after))


async def retried(
    attempt: Callable[[], Awaitable[T]],
    *,
    clock: Clock,
    deadline: float,
    tries: int = 2,
    first_wait: float = 0.2,
    random: Random = RANDOM,
) -> T:
    """Return what `attempt()` does, trying up to `tries` times as long as it raises Transient.

    Before each further try it waits as long as the service asked for, and at least `first_wait`
    seconds, doubled each time and cut at random by up to a half, so that callers who failed
    together do not come back together. No try begins after `deadline` (on `clock.monotonic()`).
    Raises the last error, at once if waiting would be in vain.
    """
    for doubled in range(tries - 1):
        try:
            return await attempt()
        except Transient as error:
            wait = max(first_wait * 2**doubled * random.uniform(0.5, 1), error.asked_wait or 0)
            if clock.monotonic() + wait > deadline:
                raise
        await clock.sleep(wait)
    return await attempt()
