"""Series of albums, out of the MusicBrainz database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import SeriesMixin
from lidarrmetadata.provider.musicbrainz.dates import full_date
from lidarrmetadata.provider.musicbrainz.readiness import look_over
from lidarrmetadata.provider.musicbrainz.sessions import Sessions
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.provider.musicbrainz.rows import Row

_DIGITS = re.compile("([0-9]+)")
_NEVER = "9999"  # sorts behind every date


class Series(Sessions, SeriesMixin):
    """Albums of a series."""

    async def series(self, mbid: str) -> Sequence[str] | None:
        """See `SeriesMixin`. One statement; no such series is said by a whole catalogue only."""
        async with self._snapshot(self._shares.search) as (connection, _):
            rows = await connection.fetch(statement("musicbrainz/series"), mbid)
            is_there = bool(rows)
            is_known_not_to_be = not is_there and await _knows_all_series(connection)
        if is_there:
            parts = sorted((row for row in rows if row["gid"]), key=_place)
            return list(dict.fromkeys(row["gid"] for row in parts))
        if is_known_not_to_be:
            return None
        raise ProviderUnavailable(
            f"series {mbid} is not in this catalogue, which is a part of MusicBrainz only"
        )


async def _knows_all_series(connection: PoolConnectionProxy) -> bool:
    return (await look_over(connection)).complete and bool(
        await connection.fetchval(statement("musicbrainz/series_known"))
    )


def _place(row: Row) -> tuple[object, ...]:
    """Where in the series an album comes: by its place, its number, its date, its id."""
    number = row["number"]
    return (
        row["link_order"],
        number is None,
        _natural(number or ""),
        full_date(row["year"], row["month"], row["day"]) or _NEVER,
        row["gid"],
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """What sorts "No. 9" before "No. 10", however long the numbers are."""
    parts = _DIGITS.split(text.casefold())
    # At odd places there are numbers: the one with more digits is the higher one.
    numbers = [part.lstrip("0") if place % 2 else part for place, part in enumerate(parts)]
    return [(len(part) if place % 2 else 0, part) for place, part in enumerate(numbers)]
