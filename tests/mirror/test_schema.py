from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.errors import EmbeddedError
from lidarrmetadata.mirror.schema import (
    create_keys_and_indexes,
    create_tables,
    drop_tables,
    mark,
    marked,
)
from lidarrmetadata.mirror.search import SEARCH_INDEXES
from lidarrmetadata.mirror.tables import INDEXES, TABLES
from lidarrmetadata.provider.musicbrainz.readiness import look_over
from tests.catalogue.edge_cases import ADA, ADA_MERGED, edge_cases
from tests.catalogue.references import dangling, foreign_keys

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


async def tables_in(connection: Connection) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return {(row["schemaname"], row["tablename"]) for row in rows}


async def indexes_in(connection: Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT indexname FROM pg_indexes WHERE schemaname IN ('musicbrainz', 'cover_art_archive')"
    )
    return {row["indexname"] for row in rows}


async def rows_in(connection: Connection) -> dict[str, list[str]]:
    return {
        table: [
            str(row["row"])
            for row in await connection.fetch(
                # When an image was uploaded is of no use to us, and now() unless somebody says.
                "SELECT (to_jsonb(held) - 'date_uploaded')::text AS row"
                f" FROM {schema}.{table} AS held ORDER BY 1"
            )
        ]
        for schema, tables in TABLES.items()
        for table in tables
    }


async def test_our_tables_and_no_others_are_made(connection: Connection) -> None:
    await create_tables(connection)
    wanted = {(schema, table) for schema, tables in TABLES.items() for table in tables}
    assert await tables_in(connection) == wanted | {("lidarrmetadata", "catalogue")}
    assert len(wanted) == 50


async def test_tables_have_no_index_until_the_data_is_in(connection: Connection) -> None:
    await create_tables(connection)
    assert await indexes_in(connection) == set()
    await create_keys_and_indexes(connection)
    keys = {f"{table}_pkey" for tables in TABLES.values() for table in tables}
    assert await indexes_in(connection) == keys | INDEXES | set(SEARCH_INDEXES)


async def test_making_tables_leaves_the_search_path_of_the_session_alone(
    connection: Connection,
) -> None:
    before = await connection.fetchval("SHOW search_path")
    await create_tables(connection)
    await create_keys_and_indexes(connection)
    assert await connection.fetchval("SHOW search_path") == before


async def test_a_new_schema_is_a_mirror_being_loaded(connection: Connection) -> None:
    assert await marked(connection) is None
    await create_tables(connection)
    found = await marked(connection)
    assert found is not None
    assert (found.kind, found.state) == ("mirror", "loading")


async def test_the_mark_is_replaced_and_never_doubled(connection: Connection) -> None:
    await create_tables(connection, "sample")
    await mark(connection, "mirror", "complete", "of Thursday")
    found = await marked(connection)
    assert found is not None
    assert (found.kind, found.state, found.note) == ("mirror", "complete", "of Thursday")
    assert await connection.fetchval("SELECT count(*) FROM lidarrmetadata.catalogue") == 1


async def test_a_mark_that_means_nothing_is_refused(connection: Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await mark(connection, "mirror", "nearly")  # type: ignore[arg-type]
    assert await marked(connection) is None


async def test_a_schema_that_is_there_already_is_not_touched(connection: Connection) -> None:
    await connection.execute("CREATE SCHEMA musicbrainz")
    await connection.execute("CREATE TABLE musicbrainz.artist (precious text)")
    with pytest.raises(EmbeddedError, match="already holds the MusicBrainz schema"):
        await create_tables(connection)
    with pytest.raises(EmbeddedError, match="nothing was removed"):
        await drop_tables(connection)
    assert await tables_in(connection) == {("musicbrainz", "artist")}


async def test_what_was_made_can_be_removed_and_made_again(connection: Connection) -> None:
    await create_tables(connection)
    await create_keys_and_indexes(connection)
    await drop_tables(connection)
    assert await tables_in(connection) == set()
    assert (
        await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'lidarrmetadata'::regnamespace"
        )
        == []
    )
    assert await marked(connection) is None
    await create_tables(connection)
    assert len(await tables_in(connection)) == 51


async def test_without_mbdata_the_operator_is_told_what_to_install(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mbdata", None)
    with pytest.raises(EmbeddedError, match=r"pip install lidarr-metadata-server\[embedded\]"):
        await create_tables(connection)
    assert await tables_in(connection) == set()


async def test_edge_cases_refer_to_nothing_that_is_not_there(connection: Connection) -> None:
    await edge_cases().write(connection)
    assert len(foreign_keys()) > 50
    assert await dangling(connection) == []


async def test_a_lost_reference_is_found(connection: Connection) -> None:
    await edge_cases().write(connection)
    await connection.execute(f"DELETE FROM musicbrainz.artist WHERE gid = '{ADA}'")
    lost = {reference.partition(" = ")[0] for reference in await dangling(connection)}
    assert {"artist_credit_name.artist", "artist_gid_redirect.new_id", "artist_meta.id"} <= lost


async def test_edge_cases_are_a_whole_catalogue_to_the_reading_side(
    database: str, connection: Connection
) -> None:
    await edge_cases().write(connection)
    settings = {"search_path": "musicbrainz, public"}
    async with (
        asyncpg.create_pool(database, min_size=1, server_settings=settings) as pool,
        pool.acquire() as reader,
    ):
        catalogue = await look_over(reader)
    assert catalogue.complete
    assert catalogue.vintage.schema_sequence == 31


async def test_edge_cases_are_the_same_rows_every_time(connection: Connection) -> None:
    await edge_cases().write(connection)
    first = await rows_in(connection)
    await drop_tables(connection)
    await edge_cases().write(connection)
    assert await rows_in(connection) == first
    assert any(ADA_MERGED in row for row in first["artist_gid_redirect"])
