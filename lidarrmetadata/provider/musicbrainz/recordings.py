"""Which albums recordings are on, out of the MusicBrainz database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import Covering, RecordingMixin
from lidarrmetadata.provider.musicbrainz.dates import full_date
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.config import DefaultConfig

_OFFICIAL = "Official"
_NEVER = "9999"  # sorts behind every date


class Recordings(Sessions, RecordingMixin):
    """Albums by what is on them."""

    def __init__(self, config: DefaultConfig) -> None:
        """Releases without status are what `UNKNOWN_RELEASE_STATUS` says, here as in documents."""
        super().__init__(config)
        unknown = config.UNKNOWN_RELEASE_STATUS
        self._unknown_is_official = None if unknown == "hide" else unknown == _OFFICIAL

    async def albums_with(self, recordings: Sequence[str]) -> Sequence[Covering]:
        """See `RecordingMixin`. One statement. Media of excluded formats count as well."""
        if not recordings:
            return []
        async with self._snapshot(self._shares.search) as (connection, catalogue):
            statuses = catalogue.words.statuses
            rows = await connection.fetch(
                statement("musicbrainz/recordings_albums"),
                recordings,
                [number for number, name in statuses.items() if name == _OFFICIAL],
                self._unknown_is_official,
            )
            return [
                Covering(
                    album=row["gid"],
                    matched=row["matched"],
                    tracks=row["tracks"],
                    official=row["official"],
                    released=full_date(row["year"], row["month"], row["day"]) or _NEVER,
                )
                for row in rows
            ]
