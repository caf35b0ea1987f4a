"""Partial and impossible dates."""

from __future__ import annotations

import pytest

from lidarrmetadata.provider.musicbrainz.dates import earliest, full_date


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ((1987, 3, 1), "1987-03-01"),
        ((1987, 3, None), "1987-03-01"),
        ((1987, None, None), "1987-01-01"),
        ((1987, None, 24), "1987-01-01"),
        ((999, 12, 31), "0999-12-31"),
        ((2004, 2, 29), "2004-02-29"),
        ((2001, 2, 29), None),
        ((2001, 13, 1), None),
        ((2001, 1, -1), None),
        ((0, 1, 1), None),
        ((1, 1, 1), None),
        ((-44, 3, 15), None),
        ((10000, 1, 1), None),
        ((None, 6, 1), None),
        ((None, None, None), None),
    ],
)
def test_a_date_is_whole_or_none(
    parts: tuple[int | None, int | None, int | None], date: str | None
) -> None:
    assert full_date(*parts) == date


@pytest.mark.parametrize(
    ("numbers", "date"),
    [
        ([20030709, 20010000], "2001-01-01"),
        ([20010500, 20010000], "2001-01-01"),
        ([20010230, 20050101], "2005-01-01"),
        ([20010230], None),
        ([], None),
    ],
)
def test_the_earliest_date_that_exists_wins(numbers: list[int], date: str | None) -> None:
    assert earliest(numbers) == date
