"""What must fit together in an album put right: artists, releases, media, tracks, lengths.

Takes an album whose single fields `repair.py` has been through; copies what it changes.
"""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from .shapes import DELETED
from .values import INT32_MAX, as_text
from .violation import Unmendable, Violation

if TYPE_CHECKING:
    from .repair import Repairs

Row = dict[str, Any]


def fit(album: Row, repairs: Repairs) -> Row:
    """Return the album with every rule between fields kept: the same object if they were.

    Raises `Unmendable` if its artist is not there, or if it has no release at all.
    """
    if not album.get("Releases"):
        raise Unmendable("no-releases", "Releases", f"There is none: {DELETED}.")
    artists = without_repeated(album["artists"], "id", "artists", repairs)
    known = {as_text(artist["id"]): artist["id"] for artist in artists}
    merged = {as_text(old): a["id"] for a in artists for old in a["oldids"]}
    artist_id = album["artistid"]
    if as_text(artist_id) not in known:
        if as_text(artist_id) not in merged:
            raise Unmendable("unknown-artist", "artistid", f"{artist_id} is not in `artists`.")
        repairs.append(Violation("unknown-artist", "artistid", f"{artist_id} has been merged."))
        artist_id = merged[as_text(artist_id)]
    releases = without_repeated(album["Releases"], "Id", "Releases", repairs)
    ids = {as_text(release["Id"]) for release in releases}
    fitted = []
    for index, release in enumerate(releases):
        path = f"Releases[{index}]"
        tracks = _credited(release["Tracks"], set(known), merged, artist_id, path, repairs)
        media, tracks = _placed(release["Media"], tracks, path, repairs)
        changes = {
            "OldIds": _without_siblings(release, ids, path, repairs),
            "Media": media,
            "Tracks": _shortened(tracks, path, repairs),
        }
        fitted.append(_changed(release, changes))
    if all(map(is_, fitted, releases)):
        fitted = releases
    return _changed(album, {"artists": artists, "artistid": artist_id, "Releases": fitted})


def without_repeated(rows: list[Row], key: str, path: str, repairs: Repairs) -> list[Row]:
    """Return the rows without those whose id came before: the same list if there are none."""
    seen: set[str | None] = set()
    result = []
    for index, row in enumerate(rows):
        if as_text(row[key]) in seen:
            reason = f"Dropped: {row[key]} is there already."
            repairs.append(Violation("duplicate", f"{path}[{index}]", reason))
            continue
        seen.add(as_text(row[key]))
        result.append(row)
    return rows if len(result) == len(rows) else result


def _without_siblings(release: Row, ids: set[str | None], path: str, repairs: Repairs) -> list[Any]:
    old_ids: list[Any] = release["OldIds"]
    others = ids - {as_text(release["Id"])}
    kept = [old for old in old_ids if as_text(old) not in others]
    if len(kept) == len(old_ids):
        return old_ids
    reason = "Ids of other releases of the album were removed."
    repairs.append(Violation("sibling-old-id", f"{path}.OldIds", reason))
    return kept


def _credited(
    tracks: list[Row],
    known: set[str | None],
    merged: dict[str | None, str],
    artist_id: str,
    path: str,
    repairs: Repairs,
) -> list[Row]:
    """Return the tracks, each with an artist of the album: if unknown, the main one."""
    result = []
    for index, track in enumerate(tracks):
        credited = as_text(track["ArtistId"])
        if credited in known:
            result.append(track)
            continue
        better = merged.get(credited, artist_id)
        reason = f"{credited} is not in `artists`: {better} is sent."
        repairs.append(Violation("unknown-artist", f"{path}.Tracks[{index}].ArtistId", reason))
        result.append({**track, "ArtistId": better})
    return tracks if all(map(is_, result, tracks)) else result


def _placed(
    media: list[Row], tracks: list[Row], path: str, repairs: Repairs
) -> tuple[list[Row], list[Row]]:
    """Return media and tracks such that each track is on a listed medium, or Lidarr leaves it out.

    With no medium listed at all Lidarr makes them up by itself, and nothing is changed.
    """
    if not media:
        return media, tracks
    positions = [medium.get("Position") for medium in media]
    listed = {position for position in positions if position is not None}
    tracks = _numbered(tracks, min(listed, default=1), path, repairs)
    wanted = sorted({track["MediumNumber"] for track in tracks} - listed)
    result = []
    for index, medium in enumerate(media):
        where = f"{path}.Media[{index}]"
        if medium.get("Position") is not None:
            result.append(medium)
        elif wanted:
            reason = f"Given Position {wanted[0]}, which tracks are on and no medium had."
            repairs.append(Violation("medium", where, reason))
            result.append({**medium, "Position": wanted.pop(0)})
        else:
            repairs.append(Violation("medium", where, "Dropped: no Position, and no track on it."))
    for position in wanted:
        reason = f"Medium {position} was added: tracks are on it."
        repairs.append(Violation("medium", f"{path}.Media", reason))
        result.append({"Position": position, "Name": "", "Format": ""})
    unchanged = len(result) == len(media) and all(map(is_, result, media))
    return (media if unchanged else result), tracks


def _numbered(tracks: list[Row], first: int, path: str, repairs: Repairs) -> list[Row]:
    """Put tracks without MediumNumber on the medium of the track before, or the first one."""
    if all(track.get("MediumNumber") is not None for track in tracks):
        return tracks
    result = []
    medium = first
    for index, track in enumerate(tracks):
        number = track.get("MediumNumber")
        if number is None:
            where = f"{path}.Tracks[{index}].MediumNumber"
            repairs.append(Violation("medium", where, f"There was none: {medium} is sent."))
            result.append({**track, "MediumNumber": medium})
        else:
            medium = number
            result.append(track)
    return result


def _shortened(tracks: list[Row], path: str, repairs: Repairs) -> list[Row]:
    """Take the length away from the longest tracks until the sum fits into 32 bits."""
    total = sum(track.get("DurationMs") or 0 for track in tracks)
    if total <= INT32_MAX:
        return tracks
    result = list(tracks)
    for index in sorted(range(len(tracks)), key=lambda i: -(tracks[i].get("DurationMs") or 0)):
        if total <= INT32_MAX:
            break
        total -= tracks[index]["DurationMs"]
        result[index] = {**tracks[index], "DurationMs": None}
        reason = "Set to null: the sum over the release did not fit into 32 bits."
        where = f"{path}.Tracks[{index}].DurationMs"
        repairs.append(Violation("durations-overflow", where, reason))
    return result


def _changed(row: Row, changes: Row) -> Row:
    return row if all(row[key] is value for key, value in changes.items()) else {**row, **changes}
