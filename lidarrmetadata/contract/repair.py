"""Single fields put right, on the table; never in place: what changes is copied first."""

from __future__ import annotations

import math
from datetime import date
from operator import is_
from typing import TYPE_CHECKING, Any

from .settled import is_cover_url
from .shapes import Field, Kind, Shape
from .values import INT32_MAX, as_date, as_decimal, as_int32, as_text
from .violation import Unmendable, Violation, join

if TYPE_CHECKING:
    from collections.abc import Callable

Repairs = list[Violation]

# Rules of repairs that leave out something Lidarr was to see.
NULL_LIST = "null-list"
NULL_ELEMENT = "null-element"

_ABSENT = object()
_REMOVED = object()


def repair(shape: Shape, row: object, path: str, repairs: Repairs) -> dict[str, Any]:
    """Return the row with every field as Lidarr needs it: the same object if it is so already.

    Each repair is added to `repairs`. Raises `Unmendable` if a field Lidarr needs cannot be made
    up.
    """
    if not isinstance(row, dict):
        raise Unmendable("wrong-type", path, f"It is no object ({shape.title}), but {row!r:.40}.")
    spelled = _respelled(shape, row, path, repairs)
    result = spelled
    for field in shape.fields:
        value = spelled.get(field.name, _ABSENT)
        better = _REPAIRS[field.kind](field, value, join(path, field.name), repairs)
        if better is value:
            continue
        if result is row:
            result = dict(row)
        if better is _REMOVED:
            del result[field.name]
        else:
            result[field.name] = better
    return result


def _respelled(shape: Shape, row: dict[str, Any], path: str, repairs: Repairs) -> dict[str, Any]:
    """Give names in another case the one we send: Lidarr would read them, our checks would not."""
    names = {key: shape.spelling.get(str(key).lower(), key) for key in row}
    odd = [key for key, name in names.items() if name != key]
    if not odd:
        return row
    repairs.append(Violation("spelling", path, f"Renamed to the spelling we send: {odd}."))
    result: dict[str, Any] = {}
    for key, value in row.items():
        if value is not None or names[key] not in result:
            result[names[key]] = value
    return result


def _text(field: Field, value: object, path: str, repairs: Repairs) -> object:
    text = as_text(value)
    if text or (text is not None and not field.needed):
        return value
    given = value is not None and value is not _ABSENT
    if field.instead is not None:
        repairs.append(Violation("missing", path, f"There was none: {field.instead} is sent."))
        return field.instead
    if field.needed:
        why = field.absent or "It is of no use without"
        raise Unmendable("missing", path, f"There is none, and nothing can stand in: {why}.")
    if not given:
        return value
    return _replaced(value, "", "wrong-type", path, repairs)


def _url(_: Field, value: object, path: str, _repairs: Repairs) -> object:
    if isinstance(value, str) and is_cover_url(value):
        return value
    raise Unmendable("cover-url", path, "Lidarr wants a path ending in .jpg, .png, .gif; no query.")


def _integer(field: Field, value: object, path: str, repairs: Repairs) -> object:
    lengths = field.kind is Kind.MILLIS
    if value is None or value is _ABSENT:
        return value
    number = as_int32(value)
    if type(value) is int and number is not None and not (lengths and number < 0):
        return value
    if isinstance(value, float) and math.isfinite(value):
        number = round(value)
    elif type(value) is int:
        number = value
    if number is not None and lengths:
        number = min(max(number, 0), INT32_MAX)
    return _replaced(value, as_int32(number), "integer", path, repairs)


def _number(_: Field, value: object, path: str, repairs: Repairs) -> object:
    if value is None or value is _ABSENT or as_decimal(value) is not None:
        return value
    return _replaced(value, None, "wrong-type", path, repairs)


def _date(_: Field, value: object, path: str, repairs: Repairs) -> object:
    if value is None or value is _ABSENT:
        return value
    day = _day(value)
    # Year 1 is what .NET takes for no date at all, and what old rows in Lidarr are full of.
    text = day.isoformat() if day is not None and day.year > 1 else None
    return value if text == value else _replaced(value, text, "date", path, repairs)


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    year_alone = as_text(value)
    if year_alone is not None and len(year_alone) == 4 and year_alone.isdecimal():
        return as_date(f"{int(year_alone):04}-01-01")
    return as_date(value)


def _texts(field: Field, value: object, path: str, repairs: Repairs) -> object:
    if value is _ABSENT and not field.needed:
        return value
    if value is None or value is _ABSENT:
        return _replaced(None, [], NULL_LIST, path, repairs)
    if not isinstance(value, list):
        return _replaced(value, [value] if as_text(value) else [], "wrong-type", path, repairs)
    texts = [item for item in value if as_text(item) is not None]
    if len(texts) == len(value):
        return value
    return _replaced(value, texts, NULL_ELEMENT, path, repairs)


def _object(field: Field, value: object, path: str, repairs: Repairs) -> object:
    if value is None or value is _ABSENT or field.of is None:
        return value
    if not isinstance(value, dict):
        return _replaced(value, None, "wrong-type", path, repairs)
    return repair(field.of, value, path, repairs)


def _objects(field: Field, value: object, path: str, repairs: Repairs) -> object:
    if field.of is None or (value is _ABSENT and not field.needed):
        return value
    if value is None or value is _ABSENT:
        return _replaced(None, [], NULL_LIST, path, repairs)
    if not isinstance(value, list):
        if field.loose:
            return _replaced(value, [], "wrong-type", path, repairs)
        reason = f"It is no list but {value!r:.40}; an empty one would have Lidarr delete things."
        raise Unmendable("wrong-type", path, reason)
    result = []
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if item is None:
            repairs.append(Violation(NULL_ELEMENT, where, "A null was dropped from the list."))
            continue
        try:
            result.append(repair(field.of, item, where, repairs))
        except Unmendable as broken:
            if not field.loose:
                raise
            rule, reason = broken.violation.rule, broken.violation.reason
            repairs.append(Violation(rule, where, f"The {field.of.title} was dropped. {reason}"))
    unchanged = len(result) == len(value) and all(map(is_, result, value))
    return value if unchanged else result


def _nothing(_: Field, value: object, path: str, repairs: Repairs) -> object:
    if value is None or value is _ABSENT or value == []:
        return value
    repairs.append(Violation("unwanted", path, "Removed: Lidarr throws on what is in it."))
    return _REMOVED


def _as_it_is(_: Field, value: object, _path: str, _repairs: Repairs) -> object:
    return value


def _replaced(value: object, by: object, rule: str, path: str, repairs: Repairs) -> object:
    repairs.append(Violation(rule, path, f"{value!r:.40} was replaced by {by!r:.40}."))
    return by


_REPAIRS: dict[Kind, Callable[[Field, object, str, Repairs], object]] = {
    Kind.TEXT: _text,
    Kind.URL: _url,
    Kind.INT: _integer,
    Kind.MILLIS: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.TEXTS: _texts,
    Kind.ONE: _object,
    Kind.MANY: _objects,
    Kind.NOTHING: _nothing,
    Kind.UNREAD: _as_it_is,
}
