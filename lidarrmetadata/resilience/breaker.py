"""Leave a service alone that keeps failing, and notice when it is back."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.resilience.limit import RateLimited

if TYPE_CHECKING:
    from types import TracebackType

    from lidarrmetadata.resilience.clock import Clock

log = logging.getLogger(__name__)

FAILURES = (ProviderUnavailable, OSError)  # TimeoutError is an OSError


class BreakerOpen(ProviderUnavailable):
    """The service has failed too often to be asked now."""


class Breaker:
    """Goes around each call to one service: `async with breaker:`.

    After `failures` failed calls in a row, calls raise BreakerOpen for `seconds`, their
    `retry_after` what is left of them; then one call is let through to try. Failed is a call that
    ends with one of FAILURES. Any other exception means that the service answers. A call that is
    cancelled or that our own rate limit refused says nothing about the service, so a timeout has to
    be inside the block: from outside it looks like a caller that went away.
    """

    def __init__(
        self, clock: Clock, failures: int = 5, seconds: float = 60.0, *, name: str
    ) -> None:
        self._clock = clock
        self._most_failures = failures
        self._seconds = seconds
        self._name = name
        self._failures = 0
        self._open_until: float | None = None
        # Calls run side by side, and the end of an old one must not be taken for the trial's.
        self._trial: asyncio.Task[object] | None = None

    @property
    def state(self) -> str:
        """For metrics: "closed", "open" until a call comes to try, "trial" while it runs."""
        if self._open_until is None:
            return "closed"
        return "trial" if self._trial else "open"

    async def __aenter__(self) -> None:
        """Raise BreakerOpen if the service is not to be asked now."""
        if self._open_until is None:
            return
        left = self._open_until - self._clock.monotonic()
        if left > 0 or self._trial:
            retry_after = max(1, math.ceil(left))
            raise BreakerOpen(
                f"{self._name} has failed {self._most_failures} times in a row or more and is "
                f"left alone for another {retry_after} s: see what it says, and try again then.",
                retry_after,
            )
        self._trial = asyncio.current_task()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Learn from how the call ended."""
        is_trial = self._trial is not None and self._trial is asyncio.current_task()
        if is_trial:
            self._trial = None
        elif self._open_until is not None:
            return
        if isinstance(error, RateLimited) or (error and not isinstance(error, Exception)):
            return
        if isinstance(error, FAILURES):
            self._failed(error)
        else:
            self._succeeded()

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures < self._most_failures:
            return
        if self._open_until is None:
            log.warning(
                "event=breaker_opened name=%s failures=%d seconds=%g error=%s message=%r",
                self._name,
                self._failures,
                self._seconds,
                type(error).__name__,
                str(error),
            )
        self._open_until = self._clock.monotonic() + self._seconds

    def _succeeded(self) -> None:
        self._failures = 0
        if self._open_until is not None:
            log.info("event=breaker_closed name=%s", self._name)
        self._open_until = None
