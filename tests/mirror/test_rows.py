from __future__ import annotations

import pytest

from lidarrmetadata.mirror.rows import CreditedName, Rows, partial_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1991-09-24", (1991, 9, 24)),
        ("1991-09", (1991, 9, None)),
        ("1991", (1991, None, None)),
        ("0000-13-31", (0, 13, 31)),
        ("", (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_dates_keep_what_they_say_and_no_more(
    text: str | None, date: tuple[int | None, ...]
) -> None:
    assert partial_date(text) == date


def test_row_ids_go_on_after_those_that_were_given() -> None:
    rows = Rows()
    rows.put("area", id=222, name="United States")
    assert rows.add("area", name="Utopia") == 223


def test_one_credit_serves_all_who_are_credited_alike() -> None:
    rows = Rows()
    alone = rows.credit([CreditedName(1, "Ada")])
    together = rows.credit([CreditedName(1, "Ada", " & "), CreditedName(2, "Ben")])
    assert rows.credit([CreditedName(1, "Ada")]) == alone != together
    assert rows.credit([CreditedName(1, "Miss Ada")]) not in (alone, together)
    assert rows.count("artist_credit") == 3
    assert rows.count("artist_credit_name") == 4
