"""Names out of the MusicBrainz database: what search indexes are made of, and hits judged by."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import NamesMixin
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS, primary_type
from lidarrmetadata.provider.musicbrainz.renown import album_renown, artist_renown
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.provider.musicbrainz.readiness import Catalogue
    from lidarrmetadata.provider.musicbrainz.rows import Row
    from lidarrmetadata.provider.musicbrainz.vocabulary import Vocabulary

_PATIENCE = 60.0  # seconds for a batch; on a slow disk ten thousand rows take their time
_LAST_ROW = (1 << 31) - 1  # no row number is higher

_COMPILATION = "Compilation"
_UNOFFICIAL = frozenset({"Bootleg", "Pseudo-Release"})
_ALIASES_OF_CREDITED = 20  # an artist's aliases that its albums are found by

SPECIAL = sorted(SPECIAL_PURPOSE_ARTISTS)
"""Artists that are never listed, as an argument of statements."""


class Names(Sessions, NamesMixin):
    """All names of a catalogue, row by row."""

    async def count_names(self) -> tuple[int, int]:
        """See `NamesMixin`."""
        async with self._snapshot(self._shares.names) as (connection, catalogue):
            await _patiently(connection)
            (row,) = await _fetch(connection, "names_count", SPECIAL, catalogue.complete)
            return row["artists"], row["albums"]

    async def artist_names(self, after: int, limit: int) -> Sequence[tuple[int, ArtistNames]]:
        """See `NamesMixin`. One transaction of two statements."""
        async with self._snapshot(self._shares.names) as (connection, catalogue):
            await _patiently(connection)
            rows = await _fetch(
                connection,
                "names_next_artists",
                min(after, _LAST_ROW),
                limit,
                SPECIAL,
                catalogue.complete,
            )
            numbers = [row["id"] for row in rows]
            artists = await names_of_artists(connection, numbers)
            return list(artists.items())

    async def album_names(self, after: int, limit: int) -> Sequence[tuple[int, AlbumNames]]:
        """See `NamesMixin`. One transaction of four statements."""
        async with self._snapshot(self._shares.names) as (connection, catalogue):
            await _patiently(connection)
            rows = await _fetch(
                connection, "names_next_albums", min(after, _LAST_ROW), limit, catalogue.complete
            )
            numbers = [row["id"] for row in rows]
            albums = await names_of_albums(connection, catalogue, numbers)
            return list(albums.items())

    async def artist_names_of(self, mbids: Sequence[str]) -> Sequence[ArtistNames]:
        """See `NamesMixin`."""
        async with self._snapshot(self._shares.names) as (connection, catalogue):
            await _patiently(connection)
            rows = await _fetch(
                connection, "names_artists_by_id", mbids, SPECIAL, catalogue.complete
            )
            found = await names_of_artists(connection, [row["id"] for row in rows])
            return list(found.values())

    async def album_names_of(self, mbids: Sequence[str]) -> Sequence[AlbumNames]:
        """See `NamesMixin`."""
        async with self._snapshot(self._shares.names) as (connection, catalogue):
            await _patiently(connection)
            rows = await _fetch(connection, "names_albums_by_id", mbids, catalogue.complete)
            found = await names_of_albums(connection, catalogue, [row["id"] for row in rows])
            return list(found.values())


async def names_of_artists(
    connection: PoolConnectionProxy, numbers: Sequence[int]
) -> dict[int, ArtistNames]:
    """Artists by row number, in the order of asking. Raises what asyncpg raises."""
    rows = await _fetch(connection, "names_of_artists", numbers, SPECIAL) if numbers else []
    return await asyncio.to_thread(_in_order, numbers, rows)


async def names_of_albums(
    connection: PoolConnectionProxy, catalogue: Catalogue, numbers: Sequence[int]
) -> dict[int, AlbumNames]:
    """Albums by row number, in the order of asking.

    Raises what asyncpg raises, and `UnknownWord`.
    """
    if not numbers:
        return {}
    albums = await _fetch(connection, "names_of_albums", numbers)
    credited = await _fetch(
        connection, "names_of_credits", list({row["artist_credit"] for row in albums})
    )
    artists = await _fetch(
        connection, "names_of_artists", list({row["artist"] for row in credited}), SPECIAL
    )
    return await asyncio.to_thread(
        _albums_in_order, numbers, albums, credited, artists, catalogue.words
    )


def _in_order(numbers: Sequence[int], rows: Iterable[Row]) -> dict[int, ArtistNames]:
    made = {row["id"]: _artist(row) for row in rows}
    return {number: made[number] for number in numbers if number in made}


def _artist(row: Row) -> ArtistNames:
    return ArtistNames(
        id=row["gid"],
        name=row["name"],
        sort_name=row["sort_name"],
        aliases=tuple(row["aliases"]),
        renown=artist_renown(
            albums=row["albums"],
            votes=row["votes"],
            aliases=len(row["aliases"]),
            links=row["links"],
        ),
    )


def _albums_in_order(
    numbers: Sequence[int],
    albums: Iterable[Row],
    credited: Iterable[Row],
    artists: Iterable[Row],
    words: Vocabulary,
) -> dict[int, AlbumNames]:
    known = {row["id"]: _artist(row) for row in artists}
    parts: dict[int, list[Row]] = defaultdict(list)
    for row in credited:
        parts[row["artist_credit"]].append(row)
    # An album whose credit names nobody cannot be served, and must not stop all others.
    made = {
        row["id"]: _album(row, credit, known, words)
        for row in albums
        if (credit := parts.get(row["artist_credit"]))
    }
    return {number: made[number] for number in numbers if number in made}


def _album(
    row: Row, credited: Sequence[Row], artists: Mapping[int, ArtistNames], words: Vocabulary
) -> AlbumNames:
    first = artists[credited[0]["artist"]]
    names = [row["credit"]]
    for part in credited:
        artist = artists[part["artist"]]
        names += (part["name"], artist.name, *artist.aliases[:_ALIASES_OF_CREDITED])
    kind = primary_type(row["type"], words)
    return AlbumNames(
        id=row["gid"],
        title=row["name"],
        artist_id=first.id,
        aliases=tuple(row["aliases"]),
        credits=tuple(dict.fromkeys(names)),
        renown=album_renown(
            releases=len(row["statuses"]),
            votes=row["votes"],
            links=row["links"],
            artist=0 if first.id in SPECIAL_PURPOSE_ARTISTS else first.renown,
            kind=kind,
        ),
        grade=_grade(row, words),
    )


def _grade(row: Row, words: Vocabulary) -> Grade:
    statuses = {None if status is None else words.statuses[status] for status in row["statuses"]}
    if statuses and statuses <= _UNOFFICIAL:
        return Grade.BOOTLEG
    if any(words.secondary_types[kind] == _COMPILATION for kind in row["secondary_types"]):
        return Grade.COMPILATION
    return Grade.OFFICIAL


async def _patiently(connection: PoolConnectionProxy) -> None:
    """Give the statements of this transaction more time."""
    await connection.execute(f"SET LOCAL statement_timeout = {round(_PATIENCE * 1000)}")


async def _fetch(
    connection: PoolConnectionProxy, name: str, *arguments: object
) -> list[asyncpg.Record]:
    return await connection.fetch(
        statement(f"musicbrainz/{name}"), *arguments, timeout=_PATIENCE + 1
    )
