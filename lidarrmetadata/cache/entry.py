"""What a cache keeps under a key."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lidarrmetadata.cache.codec import Plain

STALE = datetime.fromtimestamp(0, UTC)
"""The expiry of what has been expired by hand.

Not the moment it was done: the clock of another machine may be behind and take that for fresh.
"""

# The part of a lifetime that chance takes off.
_FUZZ = 0.1


def fuzzed(seconds: float) -> timedelta:
    """A lifetime up to a tenth shorter than this.

    What was looked up together must not all grow old at one moment.
    """
    return timedelta(seconds=seconds * (1 - _FUZZ * random.random()))  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and when it is due to be looked up anew.

    `value` None: a healthy source has positively nothing there, which is not the same as no entry.
    `expires` has a time zone, else ValueError.
    """

    value: Plain
    expires: datetime

    def __post_init__(self) -> None:
        if self.expires.tzinfo is None:
            raise ValueError(f"the expiry {self.expires} has no time zone")

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may be served without being looked up anew. `now` has a time zone."""
        return now < self.expires
