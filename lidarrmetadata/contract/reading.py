"""Lidarr's first two steps: JSON to typed values, then the fields it cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shapes import Field, Kind, Shape
from .values import as_date, as_decimal, as_flag, as_int32, as_text
from .violation import Violation, join

if TYPE_CHECKING:
    from collections.abc import Callable

# An object by the names in the table; every field is there, None if absent.
Read = dict[str, Any]

_SCALARS: dict[Kind, tuple[Callable[[object], object], str]] = {
    Kind.TEXT: (as_text, "text"),
    Kind.URL: (as_text, "text"),
    Kind.INT: (as_int32, "an integer of 32 bits"),
    Kind.MILLIS: (as_int32, "an integer of 32 bits"),
    Kind.NUMBER: (as_decimal, "a number"),
    Kind.FLAG: (as_flag, "true or false"),
    Kind.DATE: (as_date, "a date"),
}
# For these an empty string counts as null; a text may well be empty.
_EMPTY_IS_NULL = frozenset({Kind.INT, Kind.MILLIS, Kind.NUMBER, Kind.DATE})


def read_object(shape: Shape, value: object, path: str, found: list[Violation]) -> Read | None:
    """Return the object with every field of the shape under its wire name, absent ones as None.

    Names are matched without regard to case, the last one that is not null wins. What cannot be
    converted is added to `found`, and stands as None.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        found.append(_wrong_type(path, value, f"an object ({shape.title})"))
        return None
    given = {str(key).lower(): item for key, item in value.items() if item is not None}
    return {
        field.name: _read(field, given.get(field.name.lower()), join(path, field.name), found)
        for field in shape.fields
    }


def read_list(
    shape: Shape, value: object, path: str, found: list[Violation]
) -> list[Read | None] | None:
    """Return the list with every element read by `read_object`; null elements stay None."""
    if value is None:
        return None
    if not isinstance(value, list):
        found.append(_wrong_type(path, value, "a list"))
        return None
    return [read_object(shape, item, f"{path}[{i}]", found) for i, item in enumerate(value)]


def require(shape: Shape, read: Read, path: str, found: list[Violation]) -> None:
    """Add to `found` every absent field and null element that Lidarr cannot do without."""
    for field in shape.fields:
        value, where = read[field.name], join(path, field.name)
        if value is None:
            if field.absent:
                found.append(Violation("missing", where, f"Absent or null: {field.absent}."))
        elif field.of is not None and field.kind is Kind.ONE:
            require(field.of, value, where, found)
        elif field.of is not None:
            require_all(field.of, value, where, found)
        elif field.nulls and None in value:
            found.append(Violation("null-element", where, f"A null in the list: {field.nulls}."))


def require_all(shape: Shape, read: list[Read | None], path: str, found: list[Violation]) -> None:
    """Do what `require` does for each element of a list, none of which may be null."""
    for index, item in enumerate(read):
        where = f"{path}[{index}]"
        if item is None:
            reason = f"A null in place of the {shape.title}: Lidarr throws on the whole answer."
            found.append(Violation("null-element", where, reason))
        else:
            require(shape, item, where, found)


def _read(field: Field, value: object, path: str, found: list[Violation]) -> object:
    if value is None or field.kind is Kind.UNREAD:
        return None
    if field.kind is Kind.NOTHING:
        if value != []:
            reason = "It must be absent or an empty list: Lidarr throws on what is in it."
            found.append(Violation("unwanted", path, reason))
        return None
    if field.kind is Kind.TEXTS:
        if not isinstance(value, list):
            found.append(_wrong_type(path, value, "a list"))
            return None
        return [_read_scalar(Kind.TEXT, v, f"{path}[{i}]", found) for i, v in enumerate(value)]
    if field.of is not None:
        read = read_object if field.kind is Kind.ONE else read_list
        return read(field.of, value, path, found)
    return _read_scalar(field.kind, value, path, found)


def _read_scalar(kind: Kind, value: object, path: str, found: list[Violation]) -> object:
    if value is None or (value == "" and kind in _EMPTY_IS_NULL):
        return None
    convert, wanted = _SCALARS[kind]
    read = convert(value)
    if read is None:
        found.append(_wrong_type(path, value, wanted))
    return read


def _wrong_type(path: str, value: object, wanted: str) -> Violation:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
    return Violation("wrong-type", path, f"Lidarr cannot read {shown} as {wanted}, and throws.")
