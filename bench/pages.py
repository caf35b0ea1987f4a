"""How many pages the database reads for an album: set by set, as we ask, and nested."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import psql
from bench.statements import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from bench.statements import Document
    from bench.target import Target

NESTED = Path(__file__).with_name("nested_album.sql")
MOST = 1 / 3  # of the pages of the nested form


@dataclass(frozen=True)
class Pages:
    """Pages of 8 KiB, found in memory or read from disk."""

    by_statement: dict[str, int]
    nested: int

    @property
    def ours(self) -> int:
        """Of all statements together."""
        return sum(self.by_statement.values())

    @property
    def ratio(self) -> float:
        """Ours to those of the nested form."""
        return self.ours / self.nested


async def count_pages(target: Target, session: Mapping[str, str], album: Document) -> Pages:
    """The pages that each statement of an album reads, and those of the album as one statement."""
    connection = await target.connect(session)
    try:
        ours = {sent.name: await _pages(connection, sent, sent.sql) for sent in album.sent}
        nested = Sent("nested_album", ([album.mbid],))
        return Pages(ours, await _pages(connection, nested, NESTED.read_text(encoding="utf-8")))
    finally:
        await connection.close()


async def _pages(connection: asyncpg.Connection, sent: Sent, sql: str) -> int:
    await connection.execute(psql.prepare(sent.name, sql))
    # Not with the arguments put in: that would be planned for them alone.
    text = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {psql.execute(sent)}"
    )
    plan = json.loads(text)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
