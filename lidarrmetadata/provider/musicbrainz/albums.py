"""Rows about albums, their releases, media and tracks, made into documents.

An album is fetched set by set (all releases, then all their tracks, then all recordings those
share), and put together here: nested in the database the same album costs ten times the page reads.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lidarrmetadata.provider.musicbrainz.artists import (
    genres,
    links,
    primary_type,
    rating,
    secondary_types,
)
from lidarrmetadata.provider.musicbrainz.covers import Scanned, album_images
from lidarrmetadata.provider.musicbrainz.dates import earliest, full_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

    from lidarrmetadata.documents import Album, Artist, Medium, Release, Track
    from lidarrmetadata.provider.musicbrainz.rows import Row
    from lidarrmetadata.provider.musicbrainz.vocabulary import Vocabulary


_NEVER = "9999"  # sorts behind every date


class Recording(NamedTuple):
    """A recording, as all tracks that share it show it."""

    mbid: str
    old_mbids: list[str]
    video: bool


def recordings_by_id(rows: Iterable[Row]) -> dict[int, Recording]:
    """Rows of `recordings.sql`, by row id."""
    return {row["id"]: Recording(row["gid"], sorted(row["old_gids"]), row["video"]) for row in rows}


@dataclass(frozen=True)
class AlbumRows:
    """Everything fetched for a number of albums, keyed as `AlbumBuilder` looks it up."""

    releases: Sequence[Row]  # releases.sql
    tracks: Sequence[Row]  # tracks.sql
    recordings: Mapping[int, Recording]  # by row id
    track_old_ids: Mapping[int, list[str]]  # track_old_ids.sql by track
    first_artists: Mapping[int, int]  # first_artists.sql: artist by credit


class AlbumBuilder:
    """Puts albums together. `artists` are documents by row id."""

    def __init__(
        self,
        rows: AlbumRows,
        artists: Mapping[int, Artist],
        words: Vocabulary,
        *,
        unknown_status: str | None,
        archive: str,
        excluded_formats: Set[str] = frozenset(),
    ) -> None:
        self._rows = rows
        self._artists = artists
        self._words = words
        self._unknown_status = unknown_status
        self._archive = archive
        self._excluded_formats = excluded_formats
        self._releases = _by(rows.releases, "release_group")
        self._tracks = _by(rows.tracks, "medium")
        for tracks in self._tracks.values():
            tracks.sort(key=lambda row: (row["position"], row["gid"]))

    def album(self, group: Row) -> Album:
        """The album of a row of `release_groups.sql`."""
        releases = [(self._date(row), row) for row in self._releases.get(group["id"], ())]
        releases.sort(key=lambda dated: (dated[0] or _NEVER, dated[1]["gid"]))
        kept = [(date, row) for date, row in releases if self._status(row) is not None]
        track_artists: dict[int, None] = {}
        documents = [self._release(date, row, track_artists) for date, row in kept]
        artists = dict.fromkeys([*group["credited"], *track_artists])
        return {
            "id": group["gid"],
            "oldids": sorted(group["old_gids"]),
            "disambiguation": group["comment"],
            "title": group["name"],
            "aliases": list(dict.fromkeys(group["aliases"])),
            "type": primary_type(group["type"], self._words),
            "secondarytypes": secondary_types(group["secondary_types"], self._words),
            "releasedate": full_date(group["year"], group["month"], group["day"]),
            "artistid": self._artists[group["credited"][0]]["id"],
            "rating": rating(group),
            "links": links(group["links"]),
            "genres": genres(group["genres"]),
            "images": album_images(
                [self._scanned(row) for _, row in releases], group["cover_release"], self._archive
            ),
            "overview": "",
            "artists": [self._artists[artist] for artist in artists],
            "Releases": documents,
            "releasestatuses": sorted({release["Status"] for release in documents}),
        }

    def _release(self, date: str | None, row: Row, artists: dict[int, None]) -> Release:
        """One release.

        The row ids of its tracks' artists are added to `artists` in order of appearance.
        """
        media: list[Medium] = []
        tracks: list[Track] = []
        for number, medium in self._media(row):
            media.append(medium)
            self._add_tracks(number, medium["Position"], tracks, artists)
        return {
            "Id": row["gid"],
            "OldIds": sorted(row["old_gids"]),
            "Title": row["name"],
            "Status": self._status(row) or "",
            "Disambiguation": row["comment"],
            "Country": row["countries"],
            "Label": row["labels"],
            "Media": media,
            "ReleaseDate": date,
            "TrackCount": len(tracks),
            "Tracks": tracks,
        }

    def _media(self, row: Row) -> list[tuple[int, Medium]]:
        """Media with their row ids, less those of formats nobody here wants if others are left."""
        formats = self._words.formats
        media: list[tuple[int, Medium]] = [
            (
                medium,
                {
                    "Position": position,
                    "Name": name,
                    "Format": "" if number is None else formats[number],
                },
            )
            for medium, position, number, name in zip(
                row["media"] or (),
                row["media_positions"] or (),
                row["media_formats"] or (),
                row["media_names"] or (),
                strict=True,
            )
        ]
        wanted = [item for item in media if item[1]["Format"] not in self._excluded_formats]
        return wanted or media

    def _add_tracks(
        self, medium: int, position: int, tracks: list[Track], artists: dict[int, None]
    ) -> None:
        rows = self._rows
        for track in self._tracks.get(medium, ()):
            recording = rows.recordings[track["recording"]]
            if recording.video:
                continue
            artist = rows.first_artists[track["artist_credit"]]
            artists[artist] = None
            tracks.append(
                {
                    "Id": track["gid"],
                    "OldIds": rows.track_old_ids.get(track["id"], []),
                    "ArtistId": self._artists[artist]["id"],
                    "RecordingId": recording.mbid,
                    "OldRecordingIds": recording.old_mbids,
                    "TrackName": track["name"],
                    "TrackNumber": track["number"],
                    "TrackPosition": track["position"],
                    "DurationMs": track["length"],
                    "MediumNumber": position,
                }
            )

    def _date(self, row: Row) -> str | None:
        return earliest(row["dates"])

    def _status(self, row: Row) -> str | None:
        """The release's status, None if it has none and such releases are hidden."""
        number = row["status"]
        return self._unknown_status if number is None else self._words.statuses[number]

    def _scanned(self, row: Row) -> Scanned:
        number = row["status"]
        status = None if number is None else self._words.statuses[number]
        pictures = list(zip(row["covers"] or (), row["cover_types"] or (), strict=True))
        return Scanned(row["id"], row["gid"], status, pictures)


def _by(rows: Iterable[Row], key: str) -> dict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[key]].append(row)
    return grouped
