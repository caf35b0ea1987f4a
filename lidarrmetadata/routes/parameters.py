"""What clients send, checked. Whatever is not right is a `BadRequest` that says what would be."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from lidarrmetadata.errors import BadRequest, MetadataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Python reads a UUID in many spellings, PostgreSQL in others; only this one is ever a key of ours.
_MBID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SPOTIFY_ID = re.compile("[0-9A-Za-z]{22}")
_NUMBER = re.compile(r"-?\d{1,20}(\.\d*)?", re.ASCII)
_EPOCH = datetime.fromtimestamp(0, UTC)
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
_ON = ("1", "true", "yes", "on", "")
_OFF = ("0", "false", "no", "off")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MOST_WORDS = 100  # characters
_SHOWN = 64  # characters of a wrong value that are repeated in the answer


def parse_mbid(text: str) -> str:
    """A MusicBrainz id in lower case.

    Raises `BadRequest` for everything but 36 characters in five groups.
    """
    mbid = text.lower()
    if not text.isascii() or not _MBID.fullmatch(mbid):
        raise BadRequest(
            f"{shortened(text)!r} is not a MusicBrainz id, which looks like "
            "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
        )
    return mbid


def parse_spotify_id(text: str) -> str:
    """An id of Spotify's. Raises `BadRequest` for everything but 22 letters and digits."""
    if not _SPOTIFY_ID.fullmatch(text):
        raise BadRequest(
            f"{shortened(text)!r} is not a Spotify id, which looks like 4Z8W4fKeB5YxbusRsdQVPb"
        )
    return text


def parse_names(text: str | None) -> frozenset[str] | None:
    """Names separated by `|`; None, for no wish at all, if the parameter is missing or empty."""
    return frozenset(name.strip() for name in text.split("|")) if text else None


def parse_time(text: str, name: str) -> datetime:
    """A moment, in seconds since 1970 or as ISO 8601 writes it; without a zone it is UTC.

    Before 1970 there is only 1970.

    Raises `BadRequest` naming the parameter.
    """
    try:
        if _NUMBER.fullmatch(text):
            moment = datetime.fromtimestamp(max(float(text), 0), UTC)
        else:
            # A plus sign that was not encoded arrives as a space.
            moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise BadRequest(
            f"{name}={shortened(text)!r} is no time: give seconds since 1970, or something like "
            "2026-07-20T02:00:34+00:00"
        ) from None
    return max(moment, _EPOCH)


def parse_list(
    body: bytes,
    item: Callable[[str], str],
    most: int,
    *,
    excess: type[MetadataError] = BadRequest,
) -> list[str]:
    """A JSON list of texts, each read by `item`, without doubles, in order.

    Raises `BadRequest`, and `excess` for more than `most`.
    """
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadRequest('the body must be a JSON list of texts, as in ["…", "…"]')
    if len(values) > most:
        raise excess(f"the list has {len(values)} entries, {most} are the most")
    return list(dict.fromkeys(map(item, values)))


def parse_limit(text: str | None, default: int, most: int, name: str = "limit") -> int:
    """How many are wanted: `default` without a wish.

    Raises `BadRequest` naming the parameter unless it is 1 to `most`.
    """
    if not text:
        return default
    if not _COUNT.fullmatch(text) or not 1 <= int(text) <= most:
        raise BadRequest(f"{name}={shortened(text)!r} must be a number from 1 to {most}")
    return int(text)


def parse_words(text: str, name: str) -> str:
    """A name or a few words on one line, without the spaces around them.

    Raises `BadRequest` naming the parameter for more than a hundred characters, or some that
    cannot be seen.
    """
    if len(text) > _MOST_WORDS or _CONTROLS.search(text):
        raise BadRequest(
            f"{name}={shortened(text)!r} must be at most {_MOST_WORDS} characters on one line"
        )
    return text.strip()


def parse_switch(values: Mapping[str, str], name: str) -> bool:
    """A switch that is on unless it is put off.

    Raises `BadRequest` naming the parameter if it is neither.
    """
    text = values.get(name, "1").strip().lower()
    if text in _ON:
        return True
    if text in _OFF:
        return False
    raise BadRequest(f"{name}={shortened(text)!r} must be 1 or 0")


def shortened(text: str) -> str:
    """What a client sent, fit to be repeated in an answer."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
