"""How much outside services may still be asked, seen from whoever makes the server ask them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lidarrmetadata.resilience.limit import Rate


class Allowance:
    """Requests to services that go by the same rate, as they were made."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._made: deque[float] = deque(maxlen=rate.requests)

    def made(self, many: int, now: float) -> None:
        """Note so many requests, made until `now`, seconds on any clock."""
        self._made.extend([now] * many)

    def seconds_until(self, many: int, now: float) -> float:
        """How long to wait, from `now`, until so many requests are allowed at once.

        More than are ever allowed at once are as many as that.
        """
        surplus = len(self._made) + min(many, self._rate.requests) - self._rate.requests
        if surplus <= 0:
            return 0.0
        return max(0.0, self._made[surplus - 1] + self._rate.seconds - now)
