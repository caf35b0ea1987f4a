"""Which of an album's scanned pictures stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lidarrmetadata.documents import Image

_COVER_TYPES = {"Front": "Cover", "Medium": "Disc"}  # theirs: Lidarr's
_OFFICIAL = "Official"
_THUMBNAIL = 1200  # pixels; the largest size the archive makes of every picture, always .jpg


@dataclass(frozen=True)
class Scanned:
    """A release and its pictures: (picture id, type or None), in the archive's order."""

    release: int
    mbid: str
    status: str | None
    pictures: Sequence[tuple[int, str | None]]


def album_images(releases: Iterable[Scanned], chosen: int | None, archive: str) -> list[Image]:
    """At most one Cover and one Disc, from releases ordered by date.

    The cover of the release that MusicBrainz editors chose (`chosen`, a row id) goes first, then
    that of the earliest official release, then any. A picture can be the front and the disc at
    once; one without a type is neither.
    """
    ranked = sorted(
        releases, key=lambda scanned: (scanned.release != chosen, scanned.status != _OFFICIAL)
    )
    images: list[Image] = []
    for theirs, ours in _COVER_TYPES.items():
        url = next(
            (
                f"{archive}/release/{scanned.mbid}/{picture}-{_THUMBNAIL}.jpg"
                for scanned in ranked
                for picture, type_ in scanned.pictures
                if type_ == theirs
            ),
            None,
        )
        if url is not None:
            images.append({"CoverType": ours, "Url": url, "remoteUrl": url})
    return images
