"""Rows on their way into MusicBrainz' tables: collected in memory, then written by COPY.

For catalogues of up to some thousand rows that are made here. A dump comes as COPY files already.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from lidarrmetadata.mirror.tables import SCHEMA_OF
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

    from lidarrmetadata.mirror.schema import Connection

    Value = str | int | UUID | datetime | None

PartialDate = tuple[int | None, int | None, int | None]
"""Year, month, day; None where MusicBrainz has none. Need not be a date that exists."""

_TIMES = ("last_updated", "created")
_NAMESPACE = uuid5(NAMESPACE_URL, "https://musicbrainz.org/")


@dataclass(frozen=True)
class CreditedName:
    """One artist in an artist credit: row id, name as printed, words before the next name."""

    artist: int
    name: str
    join_phrase: str = ""


class Rows:
    """Rows by table. Row ids are given in the order of asking, so equal input makes equal rows."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Value]]] = defaultdict(list)
        self._last_id: dict[str, int] = defaultdict(int)
        self._known: dict[tuple[str, Hashable], int] = {}

    def put(self, table: str, **values: Value) -> None:
        """Add a row as it is. Columns not named get the database's default."""
        self._rows[table].append(values)
        if isinstance(row := values.get("id"), int):
            self._last_id[table] = max(self._last_id[table], row)

    def add(self, table: str, **values: Value) -> int:
        """Add a row under the next free id of its table, and return that id."""
        row = self._last_id[table] + 1
        self.put(table, id=row, **values)
        return row

    def once(self, table: str, key: Hashable, **values: Value) -> int:
        """Return the id of the row with this key; `values` become that row if there is none yet."""
        known = self._known.get((table, key))
        if known is None:
            known = self._known[table, key] = self.add(table, **values)
        return known

    def credit(self, names: Sequence[CreditedName]) -> int:
        """Return the id of the artist credit with exactly these names."""
        key = tuple(names)
        before = self._last_id["artist_credit"]
        text = "".join(part.name + part.join_phrase for part in names)
        credit = self.once(
            "artist_credit",
            key,
            name=text,
            artist_count=len(names),
            gid=derived_mbid("artist_credit", repr(key)),
        )
        if credit > before:
            for position, part in enumerate(names):
                self.put(
                    "artist_credit_name",
                    artist_credit=credit,
                    position=position,
                    artist=part.artist,
                    name=part.name,
                    join_phrase=part.join_phrase,
                )
        return credit

    def url(self, entity: str, row: int, address: str, link_type: int, ended: bool = False) -> None:
        """Link a row of `entity` (artist, release_group, release) to an address."""
        link = self.once("link", (link_type, ended), link_type=link_type, ended=ended)
        url = self.once("url", address, gid=derived_mbid("url", address), url=address)
        self.add(f"l_{entity}_url", link=link, entity0=row, entity1=url)

    def label(self, name: str, ended: bool = False) -> int:
        """Return the id of the label with this name."""
        return self.once("label", name, gid=derived_mbid("label", name), name=name, ended=ended)

    def release_date(self, release: int, date: PartialDate, country: int | None) -> None:
        """Note when a release came out, and in which country's area if that is known."""
        year, month, day = date
        values = {"release": release, "date_year": year, "date_month": month, "date_day": day}
        if country is None:
            self.put("release_unknown_country", **values)
        else:
            self.put("release_country", country=country, **values)

    def count(self, table: str) -> int:
        """Return how many rows there are for a table."""
        return len(self._rows[table])

    async def write(self, connection: Connection, updated: datetime) -> None:
        """Write everything, in one transaction. `updated` is when rows that do not say so changed.

        Raises asyncpg's errors if a row breaks what its table demands.
        """
        async with connection.transaction():
            wanted = (statement("mirror/columns_of_time"), list(self._rows), list(_TIMES))
            timed = {row["table"]: row["names"] for row in await connection.fetch(*wanted)}
            for table, rows in self._rows.items():
                times: dict[str, Value] = dict.fromkeys(timed.get(table, ()), updated)
                await _copy(connection, table, [times | row for row in rows])


async def _copy(connection: Connection, table: str, rows: Sequence[dict[str, Value]]) -> None:
    alike: dict[tuple[str, ...], list[tuple[Value, ...]]] = defaultdict(list)
    for row in rows:
        alike[tuple(row)].append(tuple(row.values()))
    for columns, records in alike.items():
        await connection.copy_records_to_table(
            table, schema_name=SCHEMA_OF[table], columns=columns, records=records
        )


def derived_mbid(kind: str, key: str) -> UUID:
    """Return an id for a row whose MBID is never seen outside: the same key, the same id."""
    return uuid5(_NAMESPACE, f"{kind}/{key}")


def partial_date(text: str | None) -> PartialDate:
    """Split `1991`, `1991-09` or `1991-09-24` into year, month and day; what is missing is None."""
    parts = [int(part) for part in text.split("-")] if text else []
    year, month, day = (*parts, None, None, None)[:3]
    return year, month, day
