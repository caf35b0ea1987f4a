"""What has changed in a MusicBrainz database, found in the database itself.

Most tables say when a row changed. Of the others, and of those that say it of new rows only,
PostgreSQL knows which transaction wrote a row (`xmin`), so what was written since the last call can
be told if that call noted where the transactions stood. What was deleted leaves no trace.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import Changes
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

PATIENCE = 600.0
"""Seconds that finding the changes may take: without indexes whole tables are read."""

MOST = 100_000
"""Ids, of artists and albums together, above which "everything" is the shorter answer."""

# A mirror is an hour behind, and rows carry the time at which MusicBrainz began to write them.
_OVERLAP = timedelta(hours=2)

_NUMBERS = 1 << 32  # rows have room for this many transactions, then their numbers start again

Times = dict[int, datetime | None]
"""When rows changed, by row id."""


class _TooMany(Exception):
    """More has changed than is worth listing."""


async def changes(
    connection: PoolConnectionProxy, files: str, since: datetime, mark: str, most: int = MOST
) -> Changes:
    """What this transaction sees of changes since; see `ChangesMixin`.

    `files` tells which catalogue it is (`files.sql`). Raises what asyncpg raises, and TimeoutError.
    """
    async with asyncio.timeout(PATIENCE):
        await connection.execute(f"SET LOCAL statement_timeout = {round(PATIENCE * 1000)}")
        # How much has changed decides how to look for it.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        stand = await connection.fetchrow(statement("musicbrainz/watermark"))
        assert stand is not None  # noqa: S101  a SELECT without FROM has one row
        next_mark = f"{stand['low']} {files}"
        last, _, last_files = mark.partition(" ")
        first, count = 0, 0
        if mark:
            first = int(last) if last.isdecimal() else stand["high"] + 1
            count = stand["high"] - first
            if last_files != files or not 0 <= count < _NUMBERS:
                return Changes({}, {}, next_mark, everything=True)
        search = _Search(connection, since - _OVERLAP, first % _NUMBERS, count, most)
        try:
            return Changes(*await search.run(), next_mark, everything=False)
        except _TooMany:
            return Changes({}, {}, next_mark, everything=True)


class _Search:
    def __init__(
        self, connection: PoolConnectionProxy, since: datetime, first: int, count: int, most: int
    ) -> None:
        self._connection = connection
        self._since = since
        self._written = (first, count)
        self._most = most

    async def run(self) -> tuple[dict[str, datetime | None], dict[str, datetime | None]]:
        """Artists and albums by MBID, few and cheap ones first. Raises `_TooMany`."""
        (words,) = await self._fetch("updated_words", *self._written)
        if words["changed"]:
            raise _TooMany
        own = await self._updated("artists")
        listed = await self._updated("listings")
        artists = self._united(own, await self._because_of("album", listed))
        albums = self._united(
            listed,
            await self._because_of("artist", own),
            await self._updated("albums"),
            await self._updated("tracks"),
        )
        by_mbid = (await self._by_mbid("artists", artists), await self._by_mbid("albums", albums))
        if sum(map(len, by_mbid)) > self._most:
            raise _TooMany
        return by_mbid

    async def _updated(self, what: str) -> Times:
        return self._times(
            await self._fetch(f"updated_{what}", self._since, *self._written, self._most + 1)
        )

    async def _because_of(self, what: str, times: Times) -> Times:
        """The albums of artists, or the artists of albums, as these have changed."""
        if not times:
            return {}
        return self._times(
            await self._fetch(
                f"updated_by_{what}",
                list(times),
                list(times.values()),
                list(SPECIAL_PURPOSE_ARTISTS),
                self._most + 1,
            )
        )

    async def _by_mbid(self, kind: str, times: Times) -> dict[str, datetime | None]:
        if not times:
            return {}
        rows = await self._fetch(f"ids_of_{kind}", list(times))
        return {row["mbid"]: times[row["id"]] for row in rows}

    def _times(self, rows: list[asyncpg.Record]) -> Times:
        if len(rows) > self._most:
            raise _TooMany
        return {row["id"]: row["at"] for row in rows}

    def _united(self, *all_times: Mapping[int, datetime | None]) -> Times:
        """When each changed last, of all the times that are known."""
        united: Times = {}
        for times in all_times:
            for row, at in times.items():
                known = united.get(row)
                united[row] = max(known, at) if known and at else known or at
        return united

    async def _fetch(self, name: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._connection.fetch(
            statement(f"musicbrainz/{name}"), *arguments, timeout=PATIENCE
        )
