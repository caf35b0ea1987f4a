"""Search in the MusicBrainz database itself: what there is without a search index.

Names are found that are the same but for article, punctuation, accents and case, or that have all
the words; typos are not forgiven. In a catalogue without our indexes (see `mirror/search.py`) only
usual spellings are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.provider.musicbrainz.names import SPECIAL, names_of_albums, names_of_artists
from lidarrmetadata.provider.musicbrainz.parts import (
    as_spelled,
    parts_within,
    rare_words,
    spellings,
    splits,
)
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.search.folding import significant
from lidarrmetadata.search.matching import ANYBODY
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.provider.musicbrainz.readiness import Catalogue
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

_CANDIDATES = 60  # at least so many are looked for: what is found is not ordered as hits are
_SPARE = 4  # candidates for each hit that is wanted, if that is more
_MOST = 400

_SETTINGS = (
    "SET LOCAL statement_timeout = 1000;"  # ms; somebody waits for the answer
    # The planner does not know how rare a name is, and would rather read a whole table for sixty.
    "SET LOCAL enable_seqscan = off"
)


class Finding(Sessions, ArtistNameSearchMixin, AlbumNameSearchMixin):
    """Candidates by name."""

    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        """See `ArtistNameSearchMixin`. One transaction of up to four statements."""
        if not query:
            return []
        async with self._snapshot(self._shares.search) as (connection, catalogue):
            search = await _search(connection, catalogue, limit)
            numbers = dict.fromkeys(await search.artists(query))
            return list((await names_of_artists(connection, list(numbers))).values())

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        """See `AlbumNameSearchMixin`. One transaction of up to eight statements."""
        if not query:
            return []
        async with self._snapshot(self._shares.search) as (connection, catalogue):
            search = await _search(connection, catalogue, limit)
            numbers = dict.fromkeys(await search.albums(query, artist))
            return list((await names_of_albums(connection, catalogue, list(numbers))).values())


class _Folded:
    """Row numbers of candidates, some of them twice, in a catalogue with our indexes."""

    def __init__(self, connection: PoolConnectionProxy, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._most = min(max(_CANDIDATES, _SPARE * limit), _MOST)

    async def artists(self, query: Query) -> list[int]:
        """Artists of this name, with its words, or whose name is a part of it."""
        found = await self._ids("find_artists", spellings(query), rare_words(query), SPECIAL)
        if len(found) < self._limit and (parts := parts_within(query)):
            found += await self._ids("find_artists", parts, None, SPECIAL)
        return found

    async def albums(self, query: Query, artist: Query) -> list[int]:
        """Albums of this title, or with its words; of this artist if there is one."""
        if not artist:
            return await self._by_anybody(query)
        theirs = await self._by(spellings(artist), rare_words(artist), query)
        if not ANYBODY.isdisjoint(artist.keys):
            return theirs + await self._titled(spellings(query), rare_words(query))
        if not theirs and (parts := parts_within(artist)):
            theirs = await self._by(parts, None, query)
        return theirs

    async def _by_anybody(self, query: Query) -> list[int]:
        found = await self._titled(spellings(query), rare_words(query))
        if pairs := splits(query):
            artists, titles = map(list, zip(*pairs, strict=True))
            found += await self._ids("find_albums_mixed", artists, titles)
            if not found:
                found = await self._by(artists, None, query)
        if not found and (parts := parts_within(query)):
            found = await self._titled(parts, None)
        return found

    async def _titled(self, titles: list[str], words: list[str] | None) -> list[int]:
        return await self._ids("find_albums", titles, words)

    async def _by(self, artists: list[str], words: list[str] | None, title: Query) -> list[int]:
        return await self._ids(
            "find_albums_of",
            artists,
            words,
            spellings(title),
            list(significant(title.words)[:_MOST]),
        )

    async def _ids(self, name: str, *arguments: object) -> list[int]:
        rows = await self._connection.fetch(
            statement(f"musicbrainz/{name}"), *arguments, self._most
        )
        return [row["id"] for row in rows]


class _Spelled(_Folded):
    """The same in a catalogue with MusicBrainz' indexes only."""

    async def artists(self, query: Query) -> list[int]:
        """Artists of this name in usual spellings, or whose name is a part of it."""
        names = [query.text, *parts_within(query)]
        return await self._ids("find_artists_spelled", _all_spelled(names), SPECIAL)

    async def albums(self, query: Query, artist: Query) -> list[int]:
        """Albums of this title in usual spellings, the artist's first."""
        parts = [] if artist else [part for pair in splits(query) for part in pair]
        return await self._ids(
            "find_albums_spelled",
            _all_spelled([query.text, *parts]),
            _all_spelled([artist.text] if artist else parts),
        )


async def _search(connection: PoolConnectionProxy, catalogue: Catalogue, limit: int) -> _Folded:
    await connection.execute(_SETTINGS)
    return (_Folded if catalogue.folded else _Spelled)(connection, limit)


def _all_spelled(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one for name in names for one in as_spelled(name)))
