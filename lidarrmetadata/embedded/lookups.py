"""MusicBrainz' own lists: types, statuses, formats, countries, kinds of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lidarrmetadata.embedded.sample_format import Lookup
    from lidarrmetadata.mirror.rows import Rows


class Lookups:
    """Adds the lists to `rows` and knows their row ids by name; `KeyError` for an unknown one."""

    def __init__(self, lists: Lookup, rows: Rows) -> None:
        self._ids = {
            (table, row["name"]): int(row["id"])
            for table, listed in lists.items()
            for row in listed
            if "name" in row
        }
        self._link_types = {
            (row["entity_type0"], row["entity_type1"], row["name"]): int(row["id"])
            for row in lists["link_type"]
        }
        self._countries = {row["code"]: int(row["area"]) for row in lists["iso_3166_1"]}
        for table, listed in lists.items():
            for row in listed:
                rows.put(table, **row)

    def named(self, table: str, name: str) -> int:
        """Row id of an entry, for example `named("release_status", "Official")`."""
        return self._ids[table, name]

    def link_type(self, start: str, end: str, name: str) -> int:
        """Row id of a kind of link, for example `link_type("artist", "url", "wikidata")`."""
        return self._link_types[start, end, name]

    def country(self, code: str) -> int:
        """Row id of a country's area by its ISO 3166 code."""
        return self._countries[code]
