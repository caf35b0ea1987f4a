"""The quick look: is there nothing to mend? Most documents pass, and go out as the object they are.

An album may hold thousands of tracks, an artist thousands of albums: rows are therefore looked at
column by column, with loops that run in C. What is not exactly as we send it counts as not
settled; `mend.py` then looks closely, and may still find nothing to do.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

from .shapes import ALBUM, ARTIST, CREDITED_ARTIST, Field, Kind, Shape
from .values import INT32_MAX, INT32_MIN, as_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COVER_SUFFIXES = (".jpg", ".png", ".gif")
Column = list[Any]


def settled_artist(artist: object) -> bool:
    """Return whether an artist, with its albums or without, needs no mending."""
    shape = ARTIST if isinstance(artist, dict) and "Albums" in artist else CREDITED_ARTIST
    return settled(shape, [artist])


def settled_album(album: object) -> bool:
    """Return whether an album needs no mending."""
    return isinstance(album, dict) and settled(ALBUM, [album]) and _consistent(album)


def settled(shape: Shape, rows: Column) -> bool:
    """Return whether every row has exactly the fields we send, each with a value we send."""
    if not rows:
        return True
    try:
        if set(map(len, rows)) != {len(shape.ours)}:
            return False
        columns = ((field, list(map(itemgetter(field.name), rows))) for field in shape.ours)
        return all(_CHECKS[field.kind](field, column) for field, column in columns)
    except (KeyError, TypeError):  # a row that is no object, or a value of a type not ours
        return False


def is_cover_url(url: str) -> bool:
    """Return whether Lidarr can store this cover: by the ending of its path, without a query."""
    return url.lower().endswith(COVER_SUFFIXES) and "?" not in url and "#" not in url


def _texts_alone(field: Field, column: Column) -> bool:
    if field.needed or field.instead is not None:
        return all(column) and _all_text(column)
    return set(map(type, column)) <= {str, NoneType}


def _urls(_: Field, column: Column) -> bool:
    return _all_text(column) and all(map(is_cover_url, column))


def _integers(field: Field, column: Column) -> bool:
    types = set(map(type, column))
    if types == {int, NoneType}:
        column = [value for value in column if value is not None]
    elif types != {int}:
        return types == {NoneType}
    least = 0 if field.kind is Kind.MILLIS else INT32_MIN
    return bool(min(column) >= least and max(column) <= INT32_MAX)


def _numbers(_: Field, column: Column) -> bool:
    given = [value for value in column if value is not None]
    # Ratings are small: the bound is there because NaN and infinity fail it.
    return set(map(type, given)) <= {int, float} and all(abs(value) <= INT32_MAX for value in given)


def _dates(_: Field, column: Column) -> bool:
    return all(map(_is_day, column))


def _lists_of_text(_: Field, column: Column) -> bool:
    return set(map(type, column)) == {list} and _all_text(chain.from_iterable(filter(None, column)))


def _objects(field: Field, column: Column) -> bool:
    given = [value for value in column if value is not None]
    return field.of is not None and settled(field.of, given)


def _lists_of_objects(field: Field, column: Column) -> bool:
    return (
        field.of is not None
        and set(map(type, column)) == {list}
        and settled(field.of, list(chain.from_iterable(column)))
    )


_CHECKS: dict[Kind, Callable[[Field, Column], bool]] = {
    Kind.TEXT: _texts_alone,
    Kind.URL: _urls,
    Kind.INT: _integers,
    Kind.MILLIS: _integers,
    Kind.NUMBER: _numbers,
    Kind.DATE: _dates,
    Kind.TEXTS: _lists_of_text,
    Kind.ONE: _objects,
    Kind.MANY: _lists_of_objects,
    Kind.UNREAD: lambda _field, _column: True,
}


def _all_text(values: Iterable[Any]) -> bool:
    """Return whether all are strings. Joining tells in a third of the time asking each takes."""
    try:
        "".join(values)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=16_384)  # the days of 45 years, about 2 MB
def _is_day(text: str | None) -> bool:
    """Return whether a date is written as we send it, if there is one, and not of year 1."""
    if text is None:
        return True
    day = as_date(text)
    return day is not None and day.year > 1 and day.isoformat() == text


def _consistent(album: dict[str, Any]) -> bool:
    """Return whether the rules between fields hold in an album whose single fields are settled."""
    releases = album["Releases"]
    artists = {artist["id"] for artist in album["artists"]}
    ids = {release["Id"] for release in releases}
    if len(artists) != len(album["artists"]) or len(ids) != len(releases) or not releases:
        return False
    if album["artistid"] not in artists:
        return False
    for release in releases:
        tracks, media = release["Tracks"], release["Media"]
        if not ids.intersection(release["OldIds"]) <= {release["Id"]}:
            return False
        if not artists.issuperset(map(itemgetter("ArtistId"), tracks)):
            return False
        if sum(filter(None, map(itemgetter("DurationMs"), tracks))) > INT32_MAX:
            return False
        positions = {medium["Position"] for medium in media}
        if media and not positions.issuperset(map(itemgetter("MediumNumber"), tracks)):
            return False
        if None in positions:
            return False
    return True
