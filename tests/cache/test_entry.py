"""When an entry is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lidarrmetadata.cache import STALE, Entry
from tests.cache.conftest import NOW


def test_an_entry_is_fresh_until_the_moment_it_expires() -> None:
    entry = Entry(None, NOW)
    assert entry.is_fresh(NOW - timedelta(microseconds=1))
    assert not entry.is_fresh(NOW)


def test_an_entry_expired_by_hand_is_stale_by_any_clock() -> None:
    assert not Entry(None, STALE).is_fresh(NOW - timedelta(days=365))


def test_an_expiry_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Entry(None, datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
