"""What a cache keeps under a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lidarrmetadata.cache.codec import Plain

STALE = datetime.fromtimestamp(0, UTC)
"""The expiry of what has been expired by hand.

Not the moment it was done: the clock of another machine may be behind and take that for fresh.
"""


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
