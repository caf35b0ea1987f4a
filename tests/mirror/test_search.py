"""What names are found by in PostgreSQL: the same folding there as in Python."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.mirror.schema import create_keys_and_indexes, create_tables
from lidarrmetadata.mirror.search import SEARCH_INDEXES, create_search, search_statements
from lidarrmetadata.search import folding
from tests.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

NAMES = [
    *("", " ", "!!!", "+/-", "AC/DC", "P!nk", "A$AP Rocky", "Ke$ha", "M.I.A.", "R.E.M", "J.Lo"),
    *("t.A.T.u.", "The J.B.'s", "Hall + Oates", "Simon & Garfunkel", "Beatles, The", "The The"),
    *("The", "Los Lobos", "a‐ha", "A Perfect Circle", "STRAẞE", "ΜΆΡΙΟΣ", "КИНО", "Ёлка", "فيروز"),
    *("شیرین", "أم كلثوم", "فاطمة", "ភាសាខ្មែរ", "မြန်မာ", "ພາສາລາວ", "ক্রিপটিক ফেইট"),
    *("宇多田ヒカル", "ガガガSP", "방탄소년단", "ไททศมิตร", "लता मंगेशकर", "Sigur Rós", "Mötley Crüe"),
    *("Ænima", "Łona", "Björk", "３ＯＨ！３", "µ-Ziq", "’n’", "´n´", "The Academy Is…", "ﬁne", "Ⅳ"),
    *("\u200bzero", "x" * 3000, "あ" * 700, "a\nb\tc"),
]


@pytest.fixture
async def folding_connection(connection: Connection) -> Connection:
    await create_tables(connection)
    await create_search(connection)
    return connection


async def folded(
    connection: Connection, names: Sequence[str]
) -> list[tuple[str, tuple[str, ...], bool]]:
    """Names with their words, and whether the key is that of Python's last key."""
    rows = await connection.fetch(
        "SELECT name, lidarrmetadata.search_words(name) AS words,"
        " lidarrmetadata.search_key(name) = hashtextextended(key, 0) AS same"
        " FROM unnest($1::text[], $2::text[]) AS asked (name, key)",
        names,
        [(folding.keys(name) or ("",))[-1] for name in names],
    )
    return [(row["name"], tuple(row["words"]), row["same"]) for row in rows]


async def test_names_are_folded_as_in_python(folding_connection: Connection) -> None:
    for name, words, same in await folded(folding_connection, NAMES):
        assert words == folding.words(name), ascii(name)[:50]
        assert same, ascii(name)[:50]


async def test_so_are_forty_thousand_real_names(folding_connection: Connection) -> None:
    lines = shared_data("musicbrainz/artist-names.txt").read_text(encoding="utf-8").splitlines()
    names = sorted(set(lines))
    rows = await folded(folding_connection, names)
    differ = [name for name, words, same in rows if not same or words != folding.words(name)]
    assert len(differ) <= len(names) // 1000, differ


async def test_what_is_folded_already_stays_as_it_is(folding_connection: Connection) -> None:
    for name in NAMES:
        keys = await folding_connection.fetchrow(
            "SELECT lidarrmetadata.search_key($1) AS of_name,"
            " lidarrmetadata.search_key($2) AS of_spelling",
            name,
            folding.spelling(name),
        )
        assert keys is not None
        assert keys["of_name"] == keys["of_spelling"], ascii(name)[:50]


async def test_what_search_needs_can_be_made_twice(connection: Connection) -> None:
    await create_tables(connection)
    await create_keys_and_indexes(connection)
    await create_search(connection)
    found = await connection.fetch(
        "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'lidarrmetadata_%'"
    )
    assert {row["indexname"] for row in found} == set(SEARCH_INDEXES)


async def test_who_may_only_write_rows_can_do_so(connection: Connection) -> None:
    await create_tables(connection)
    await create_search(connection)
    await connection.execute("DROP ROLE IF EXISTS replicating; CREATE ROLE replicating")
    await connection.execute("GRANT USAGE ON SCHEMA musicbrainz TO replicating")
    await connection.execute("GRANT INSERT ON musicbrainz.artist TO replicating")
    try:
        await connection.execute("SET ROLE replicating")
        await connection.execute(
            "INSERT INTO musicbrainz.artist (id, gid, name, sort_name)"
            " VALUES (1, gen_random_uuid(), 'Björk', 'Björk')"
        )
    finally:
        await connection.execute("RESET ROLE; DROP OWNED BY replicating; DROP ROLE replicating")


def test_it_is_printed_for_psql() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "lidarrmetadata.mirror.search"],
        capture_output=True,
        text=True,
        check=True,
    )
    for part in search_statements():
        assert part.strip() + ";" in ran.stdout
