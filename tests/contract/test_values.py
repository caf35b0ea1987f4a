from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lidarrmetadata.contract.values import as_date, as_decimal, as_flag, as_int32, as_text


@pytest.mark.parametrize(
    "text",
    ["1987-03", "1987-03-01", "1987-3-1", "1987-03-01 10:00:00", "1987-03-01T10:00:00Z",
     "1987-03-01T10:00:00.5+02:00", "Sun, 01 Mar 1987 00:00:00 GMT"],
)  # fmt: skip
def test_dates_net_understands_name_a_day_in_march_1987(text: str) -> None:
    assert as_date(text) == date(1987, 3, 1)


@pytest.mark.parametrize("value", ["1987", 1987, "0000-00-00", "2000-02-30", "10000-01-01",
    "-001-01-01", "1987-00", "1987-03-01T25:00:00", "2000-W01-1", "x", "soon GMT", True, [],
    "１９８７-03-01"])  # fmt: skip
def test_dates_net_refuses_are_none(value: object) -> None:
    assert as_date(value) is None


def test_a_three_digit_year_is_taken() -> None:
    assert as_date("999-01-01") == date(999, 1, 1)


@pytest.mark.parametrize(
    ("value", "number"), [(0, 0), ("12", 12), (" -3 ", -3), (-(2**31), -(2**31))]
)
def test_integers_of_32_bits_are_taken_with_quotes_or_without(value: object, number: int) -> None:
    assert as_int32(value) == number


@pytest.mark.parametrize("value", [1.0, True, 2**31, "2147483648", "1.0", "x", "", None, []])
def test_everything_else_is_no_integer(value: object) -> None:
    assert as_int32(value) is None


def test_numbers_are_decimal_finite_and_within_nets_range() -> None:
    assert as_decimal("8.5") == as_decimal(8.5) == Decimal("8.5")
    refused: list[object] = [float("nan"), float("inf"), 1e30, "x", True, None, "NaN"]
    for value in refused:
        assert as_decimal(value) is None, value


def test_text_is_made_of_numbers_and_booleans_but_of_nothing_nested() -> None:
    assert [as_text(value) for value in ("a", 1, 1.5, True)] == ["a", "1", "1.5", "true"]
    refused: list[object] = [None, [], {}, float("nan")]
    for value in refused:
        assert as_text(value) is None, value


def test_flags_are_booleans_numbers_or_the_two_words() -> None:
    assert [as_flag(value) for value in (True, 0, "True", "false")] == [True, False, True, False]
    refused: list[object] = ["yes", None, []]
    for value in refused:
        assert as_flag(value) is None, value
