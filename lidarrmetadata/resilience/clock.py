"""The one source of time, passed in wherever time matters so that tests can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is, and how to let it pass."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def now(self) -> datetime:
        """The date and time in UTC, aware of it."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at once, but letting others run, if there are none."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The date and time in UTC, aware of it."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; at once, but letting others run, if there are none."""
        await asyncio.sleep(seconds)
