"""Titles of pages as MediaWiki reads them."""

from __future__ import annotations

import re

# Also what looks percent-encoded: whoever sends it has encoded twice.
_IMPOSSIBLE = re.compile(r"[<>\[\]{}|\x00-\x1f]|%[0-9A-Fa-f]{2}")


def normalised(title: str) -> str:
    """Spaces for underscores, one for many, a capital to begin with, no fragment."""
    title = " ".join(title.partition("#")[0].replace("_", " ").split())
    return title[:1].upper() + title[1:]


def impossible(title: str) -> str | None:
    """The first part of a title that no title can have."""
    match = _IMPOSSIBLE.search(title)
    return match.group() if match else None
