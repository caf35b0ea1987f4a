from __future__ import annotations

import pytest

from lidarrmetadata.resilience.retry_after import LONGEST, retry_after
from tests.clock import START


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("86400", LONGEST),
        ("9" * 400, LONGEST),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30),
        ("Fri, 20 Nov 2026 13:00:30 +0100", 30),
        ("Fri, 20 Nov 2020 12:00:00 GMT", 0),
        ("Fri, 20 Nov 2096 12:00:00 GMT", LONGEST),
        ("Fri, 20 Nov 9999999999 12:00:00 GMT", None),
        ("Fri, 20 Nov 99999999999999999999 12:00:00 GMT", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٧", None),
        ("soon", None),
    ],
)
def test_it_is_read_as_a_number_or_a_date_within_reason(header: str, seconds: float | None) -> None:
    assert retry_after(header, START) == seconds
