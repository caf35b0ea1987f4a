"""Keys as PostgreSQL can keep them."""

from __future__ import annotations

import hashlib
import re

# A b-tree takes at most 2,704 bytes (a third of a page), and long keys make it slow before that.
_LONGEST = 1000

_AWKWARD = re.compile(r"[\\\0\ud800-\udfff]")


def storable(key: str) -> str:
    """Return text that PostgreSQL takes, a different one for each key.

    Nearly every key is returned as it is, so that operators find it. NUL and lone surrogates, which
    a database refuses, and the backslash come out as escapes; above 1,000 bytes it is a digest.
    """
    if key.isascii() and key.isalnum() and len(key) <= _LONGEST:
        return key  # as ids are, of which there may be thousands
    text = _AWKWARD.sub(_escape, key)
    encoded = text.encode()
    if len(encoded) <= _LONGEST:
        return text
    # No escape begins like this, so no short key can be mistaken for it.
    return rf"\sha256:{hashlib.sha256(encoded).hexdigest()}"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return r"\\" if character == "\\" else rf"\u{ord(character):04x}"
