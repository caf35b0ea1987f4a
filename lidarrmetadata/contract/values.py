"""Single values, read the way Lidarr's JSON library (Newtonsoft.Json on .NET) reads them.

Every function returns None for a value that Lidarr refuses. Where .NET takes more forms than
anybody sends (dates written out in words, hexadecimal numbers), these are refused: stricter than
Lidarr, never laxer.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

INT32_MAX = 2_147_483_647
INT32_MIN = -INT32_MAX - 1
_DECIMAL_MAX = Decimal(79228162514264337593543950335)  # .NET's System.Decimal

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,10}\s*")
_DATE = re.compile(
    r"(?P<year>[0-9]{3,4})-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2})"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,7})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9])?)?)?"
)


def as_text(value: object) -> str | None:
    """Return the string that a string, number or boolean becomes."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    return None


def as_int32(value: object) -> int | None:
    """Return an integer of 32 bits, out of a number without a point or its digits in a string."""
    if isinstance(value, str):
        if _INTEGER.fullmatch(value) is None:
            return None
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and INT32_MIN <= value <= INT32_MAX:
        return value
    return None


def as_decimal(value: object) -> Decimal | None:
    """Return a decimal number, out of any number or a string with one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= _DECIMAL_MAX else None


def as_flag(value: object) -> bool | None:
    """Return a boolean, out of one, a number or the words true and false."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) else None


def as_date(value: object) -> date | None:
    """Return the day that a string names: `1987-03`, `1987-03-01`, with a time, or an HTTP date."""
    if not isinstance(value, str):
        return None
    match = _DATE.fullmatch(value)
    try:
        if match is None:
            return parsedate_to_datetime(value).date() if value.endswith(" GMT") else None
        return date(int(match["year"]), int(match["month"]), int(match["day"] or 1))
    except ValueError:
        return None
