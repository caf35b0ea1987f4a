"""How much the world knows an artist or album: what decides between names that fit equally well.

Counts are taken by their logarithms: a thousand albums are not a hundred times ten. Votes are given
by people who search, so they weigh most.
"""

from __future__ import annotations

from math import log2

_SCALE = 100  # renown is an integer
_WORKS = 2  # an artist's albums, an album's releases
_VOTES = 3
_ARTIST = 4  # an album has this fraction of its artist's renown
_TYPES = {"Album": 200, "EP": 100}


def artist_renown(*, albums: int, votes: int, aliases: int, links: int) -> int:
    """Of an artist, by how many there are of what hangs on it."""
    counted = _known(_WORKS, albums) + _known(_VOTES, votes) + _known(1, aliases) + _known(1, links)
    return round(_SCALE * counted)


def album_renown(*, releases: int, votes: int, links: int, artist: int, kind: str) -> int:
    """Of an album. `artist` is the renown of the artist credited first, `kind` its primary type."""
    counted = _known(_WORKS, releases) + _known(_VOTES, votes) + _known(1, links)
    return round(_SCALE * counted) + artist // _ARTIST + _TYPES.get(kind, 0)


def _known(weight: int, count: int) -> float:
    return weight * log2(1 + max(0, count))
