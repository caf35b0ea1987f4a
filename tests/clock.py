"""A clock that tests move by hand."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# How often every task gets to run before time moves on: more steps than any chain of tasks that
# wake each other takes without waiting for time or for the outside.
TURNS = 50


class ManualClock:
    """Stands still until `forward` moves it; nothing that sleeps by it really waits."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed

    def now(self) -> datetime:
        """The date and time in UTC; the clock is made at START."""
        return START + timedelta(seconds=self._elapsed)

    async def sleep(self, seconds: float) -> None:
        """Return when the clock has been moved by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake = asyncio.get_running_loop().create_future()
        sleeper = (self._elapsed + seconds, next(self._order), awake)
        heapq.heappush(self._sleepers, sleeper)
        await awake

    async def forward(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Move on, waking each sleeper at its time; what it does then happens at that time."""
        target = self._elapsed + seconds + 60 * minutes
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            when, _, awake = heapq.heappop(self._sleepers)
            if awake.done():  # cancelled
                continue
            self._elapsed = when
            awake.set_result(None)
            await self.settle()
        self._elapsed = target

    async def settle(self) -> None:
        """Let every task run until it waits for time to pass."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
