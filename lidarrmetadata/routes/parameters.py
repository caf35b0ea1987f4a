"""What clients send, checked. Whatever is not right is a `BadRequest` that says what would be."""

from __future__ import annotations

import re

from lidarrmetadata.errors import BadRequest

# Python reads a UUID in many spellings, PostgreSQL in others; only this one is ever a key of ours.
_MBID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
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


def parse_names(text: str | None) -> frozenset[str] | None:
    """Names separated by `|`; None, for no wish at all, if the parameter is missing or empty."""
    return frozenset(name.strip() for name in text.split("|")) if text else None


def shortened(text: str) -> str:
    """What a client sent, fit to be repeated in an answer."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
