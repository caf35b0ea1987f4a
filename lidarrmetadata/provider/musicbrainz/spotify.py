"""What Spotify's ids stand for, by the links of the MusicBrainz database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import SpotifyIdMixin
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.documents import Kind

# MusicBrainz brings Spotify's addresses into the first form. Old ones are still in the second.
_BASES = ("https://open.spotify.com", "http://open.spotify.com")


class SpotifyIds(Sessions, SpotifyIdMixin):
    """Artists and albums by links to Spotify."""

    async def spotify_ids(self, kind: Kind, spotify_ids: Sequence[str]) -> dict[str, str]:
        """See `SpotifyIdMixin`. One statement. Special-purpose artists stand for nobody."""
        if not spotify_ids:
            return {}
        asked = [[f"{base}/{kind}/{spotify_id}" for spotify_id in spotify_ids] for base in _BASES]
        async with self._snapshot(self._shares.search) as (connection, _):
            rows = await connection.fetch(
                statement(f"musicbrainz/spotify_{kind}s"), [url for urls in asked for url in urls]
            )
        found: dict[str, str] = {}
        for row in rows:
            if row["gid"] not in SPECIAL_PURPOSE_ARTISTS:
                found.setdefault(row["url"], row["gid"])
        return {
            spotify_id: mbid
            for spotify_id, *urls in zip(spotify_ids, *asked, strict=True)
            if (mbid := next((found[url] for url in urls if url in found), None))
        }
