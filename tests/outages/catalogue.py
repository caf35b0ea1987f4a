"""A catalogue with enough in it for a load: some of it asked for before, some never."""

from __future__ import annotations

from tests.catalogue.builder import Catalogue
from tests.catalogue.entities import mbid_of

_WARM = 100  # artists, with an album each
_COLD = 250


def catalogue() -> Catalogue:
    made = Catalogue()
    for number in range(_WARM + _COLD):
        artist = made.artist(f"Artist {number}", kind="Group", rating=(80, 5))
        album = made.release_group(artist, f"Album {number}", date="2003-07-09")
        release = made.release(album, dates={"GB": "2003-07-09"}, labels=[("Label", f"L{number}")])
        made.medium(release, *(f"Track {number}.{track}" for track in range(1, 11)))
    return made


def artist_path(number: int) -> str:
    return f"/artist/{mbid_of('artist', f'Artist {number}')}"


def album_path(number: int) -> str:
    return f"/album/{mbid_of('release_group', f'Album {number}')}"


def _both(numbers: range) -> list[str]:
    return [path for number in numbers for path in (artist_path(number), album_path(number))]


WARM = _both(range(_WARM))
COLD = _both(range(_WARM, _WARM + _COLD))
