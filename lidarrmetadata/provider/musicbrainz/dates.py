"""Dates as MusicBrainz keeps them: a year, perhaps a month and a day, and not all of them exist."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Lidarr stores year 1 as "no date", so that no date of that year can be told from none.
FIRST_YEAR = 2

_REMEMBERED = 32768  # dates: albums by the thousand share them, and there are 25,000 since 1950


@lru_cache(maxsize=_REMEMBERED)
def full_date(year: int | None, month: int | None, day: int | None) -> str | None:
    """`YYYY-MM-DD` of a partial date, its missing parts taken as 1.

    None without a year, and for days that do not exist.
    """
    if year is None or not FIRST_YEAR <= year <= datetime.MAXYEAR:
        return None
    if not month:
        day = None
    try:
        return datetime.date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return None


def earliest(numbers: Iterable[int]) -> str | None:
    """The earliest date that exists among numbers like 20010500 (May 2001), as `YYYY-MM-DD`."""
    dates = (
        full_date(number // 10000, number // 100 % 100, number % 100) for number in sorted(numbers)
    )
    return min((date for date in dates if date), default=None)
