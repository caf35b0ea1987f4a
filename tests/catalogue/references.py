"""Checks what MusicBrainz' foreign keys demand, which a mirror does not have."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from lidarrmetadata.mirror.tables import SCHEMA_OF

if TYPE_CHECKING:
    from lidarrmetadata.mirror.schema import Connection

_FOREIGN_KEY = re.compile(
    r"ALTER TABLE (?:\w+\.)?(\w+)\s+ADD CONSTRAINT \w+\s+FOREIGN KEY \((\w+)\)"
    r"\s+REFERENCES (?:\w+\.)?(\w+)\((\w+)\)"
)


def foreign_keys() -> list[tuple[str, ...]]:
    """Table, column, table and column referred to; for keys with both ends among our tables."""
    sql = files("mbdata") / "sql"
    scripts = ("CreateFKConstraints.sql", "caa/CreateFKConstraints.sql")
    found = (_FOREIGN_KEY.findall(sql.joinpath(name).read_text("utf-8")) for name in scripts)
    return [key for keys in found for key in keys if {key[0], key[2]} <= set(SCHEMA_OF)]


async def dangling(connection: Connection) -> list[str]:
    """Every reference to a row that is not there, as `table.column = value`."""
    lost = []
    for table, column, other, key in foreign_keys():
        rows = await connection.fetch(
            f"SELECT DISTINCT {column} AS value FROM {SCHEMA_OF[table]}.{table} AS here"
            f" WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {SCHEMA_OF[other]}.{other}"
            f" AS there WHERE there.{key} = here.{column})"
        )
        lost += [f"{table}.{column} = {row['value']}" for row in rows]
    return lost
