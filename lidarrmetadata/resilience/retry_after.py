"""What a service that has enough says about when to come back."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LONGEST = 3600.0
"""Seconds; a Retry-After beyond that is a mistake."""


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait as RFC 9110 section 10.2.3 writes them, a number or a date; else None."""
    header = header.strip()
    if header.isascii() and header.isdecimal():
        return min(float(header), LONGEST)
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the latter for a year of ten digits
        return None
    if until.tzinfo is None:  # it says -0000: universal time
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST)
