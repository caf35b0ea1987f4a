"""Which album some recordings are: for files that were identified by their sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.api.search import FoundId, Results, served
from lidarrmetadata.provider.mixins import RecordingMixin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.provider.mixins import Covering
    from lidarrmetadata.services import Services

MOST_RECORDINGS = 1000
_MOST_ALBUMS = 10


async def albums(services: Services, recordings: Sequence[str]) -> Results:
    """The albums that fit best: most of their tracks among the recordings, fewest others.

    Raises `Unavailable`.
    """
    if not recordings:
        return Results([])
    candidates, _ = await first_that_can(
        services.providers.having(RecordingMixin),
        lambda provider: provider.albums_with(recordings),
    )

    def place(album: Covering) -> tuple[float, bool, str, str]:
        return (-_likeness(album, len(recordings)), not album.official, album.released, album.album)

    best = sorted(candidates, key=place)[:_MOST_ALBUMS]
    percent = [round(100 * _likeness(album, len(recordings))) for album in best]
    return await served(
        services,
        [FoundId("album", album.album, score) for album, score in zip(best, percent, strict=True)],
    )


def _likeness(album: Covering, asked: int) -> float:
    """How much of both, album and recordings, is in the other (Dice): 1 if they are the same.

    So neither a box with everything on it comes first, nor a single with one of the tracks.
    """
    return 2 * album.matched / (max(album.tracks, album.matched) + asked)
