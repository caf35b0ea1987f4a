"""Many albums and artists by name, out of the MusicBrainz database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import Listed, ListedMixin
from lidarrmetadata.provider.musicbrainz.dates import full_date
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lists(Sessions, ListedMixin):
    """What lists show of albums and artists."""

    async def listed_albums(self, mbids: Sequence[str]) -> dict[str, Listed]:
        """See `ListedMixin`. One statement."""
        if not mbids:
            return {}
        async with self._snapshot(self._shares.search) as (connection, _):
            rows = await connection.fetch(statement("musicbrainz/listed_albums"), mbids)
            return {
                row["asked"]: Listed(
                    album=row["gid"],
                    title=row["name"],
                    artist=row["artist"],
                    artist_name=row["artist_name"],
                    released=full_date(row["year"], row["month"], row["day"]),
                )
                for row in rows
            }

    async def listed_artists(self, mbids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """See `ListedMixin`. One statement."""
        if not mbids:
            return {}
        async with self._snapshot(self._shares.search) as (connection, _):
            rows = await connection.fetch(statement("musicbrainz/listed_artists"), mbids)
            return {row["asked"]: (row["gid"], row["name"]) for row in rows}
