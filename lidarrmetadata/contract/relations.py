"""Rules between fields: what Lidarr checks, or trips over, once every field by itself is fine.

All functions here take what `reading.py` makes of a document: every field under its wire name,
absent as None.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .shapes import ARTIST_FAILS, DELETED, THROWS
from .values import INT32_MAX
from .violation import Violation, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .reading import Read

# Media and tracks that Lidarr leaves out; a release left without tracks is not valid to it.
NOT_AUDIO = frozenset({"DVD", "DVD-Video", "Blu-ray", "HD-DVD", "VCD", "SVCD", "UMD", "VHS"})
NOT_A_SONG = frozenset({"[data track]"})

NO_USABLE_RELEASE = "no-usable-release"


def of_artist(artist: Read) -> Iterator[Violation]:
    """Yield what is wrong between the fields of an artist: secondary types of its albums.

    An album with nothing but nulls there passes no metadata profile and is left out before Lidarr
    maps it; with a type beside the null it may pass, and is mapped.
    """
    for index, entry in enumerate(artist["Albums"] or ()):
        types = entry["SecondaryTypes"]
        if None in types and any(types):
            path = f"Albums[{index}].SecondaryTypes"
            yield Violation("null-element", path, f"A null in the list: {ARTIST_FAILS}.")


def of_album(album: Read) -> Iterator[Violation]:
    """Yield what is wrong between the fields of an album, and of its artists and releases."""
    artists = [artist["id"] for artist in album["artists"]]
    for artist_id in _repeated(artists):
        yield Violation("duplicate-artist", "artists", f"{artist_id} is listed twice: {THROWS}.")
    if album["artistid"] not in artists:
        yield Violation("unknown-artist", "artistid", f"It is not in `artists`: {THROWS}.")
    for index, artist in enumerate(album["artists"]):
        yield from below(f"artists[{index}]", of_artist(artist))
    releases = album["Releases"] or []
    for index, release in enumerate(releases):
        path = f"Releases[{index}]"
        siblings = {other["Id"] for other in releases if other is not release}
        for old_id in siblings.intersection(release["OldIds"]):
            reason = f"{old_id} is also the id of another release: Lidarr refuses the album."
            yield Violation("sibling-old-id", f"{path}.OldIds", reason)
        for number, track in enumerate(release["Tracks"]):
            if track["ArtistId"] not in artists:
                reason = f"It is not in the album's `artists`: {THROWS}."
                yield Violation("unknown-artist", f"{path}.Tracks[{number}].ArtistId", reason)
        if abs(sum(track["DurationMs"] or 0 for track in kept_tracks(release))) > INT32_MAX:
            reason = f"The sum of all DurationMs is above {INT32_MAX}: {THROWS}."
            yield Violation("durations-overflow", f"{path}.Tracks", reason)


def of_lone_album(album: Read) -> Iterator[Violation]:
    """Yield what is wrong with an album asked for by id: in a search it would only be left out."""
    yield from of_album(album)
    if not any(kept_tracks(release) for release in album["Releases"] or ()):
        yield Violation(NO_USABLE_RELEASE, "Releases", f"{DELETED}, and none is left here.")


def of_found(found: Read) -> Iterator[Violation]:
    """Yield what is wrong with one result of a search for all."""
    if found["artist"] is None and found["album"] is None:
        yield Violation("empty-result", "", f"Neither artist nor album: {THROWS}.")
    if found["artist"] is not None:
        yield from below("artist", of_artist(found["artist"]))
    if found["album"] is not None:
        yield from below("album", of_album(found["album"]))


def of_recent(recent: Read) -> Iterator[Violation]:
    """Yield what is wrong with a list of changed ids."""
    if recent["items"] is None and not recent["limited"]:
        yield Violation("missing", "items", f"Absent, and `limited` is not true: {THROWS}.")


def of_spotify_pairs(pairs: list[Read]) -> Iterator[Violation]:
    """Yield what is wrong with a whole answer of spotify/lookup."""
    for spotify_id in _repeated([pair["spotifyid"] for pair in pairs]):
        yield Violation("duplicate-id", "", f"spotifyid {spotify_id} is there twice: {THROWS}.")


def kept_tracks(release: Read) -> list[Read]:
    """Return the tracks Lidarr keeps: songs on listed audio media, or all if none is listed."""
    songs = [track for track in release["Tracks"] if track["TrackName"] not in NOT_A_SONG]
    if not release["Media"]:
        return songs
    audio = {m["Position"] or 0 for m in release["Media"] if m["Format"] not in NOT_AUDIO}
    return [track for track in songs if (track["MediumNumber"] or 0) in audio]


def below(path: str, found: Iterable[Violation]) -> Iterator[Violation]:
    """Yield violations found in a part, with the path of the part in front."""
    return (Violation(v.rule, join(path, v.path), v.reason) for v in found)


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
