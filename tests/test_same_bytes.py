"""The same data gives the same bytes, or Lidarr takes it for a change and writes tags anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from tests.conftest import MakeClient
    from tests.dumps import Database


async def documents(database: Database) -> list[str]:
    connection = await asyncpg.connect(**database)
    try:
        rows = await connection.fetch(
            "SELECT '/artist/' || gid FROM musicbrainz.artist UNION ALL "
            "SELECT '/album/' || gid FROM musicbrainz.release_group ORDER BY 1"
        )
    finally:
        await connection.close()
    return [row[0] for row in rows]


async def assert_same(client_of: MakeClient, one: Database, other: Database, least: int) -> None:
    paths = await documents(one)
    assert len(paths) >= least
    assert paths == await documents(other)
    first, second = await client_of(DATABASE=one), await client_of(DATABASE=other)
    for path in paths:
        ours, theirs = await first.get(path), await second.get(path)
        assert ours.status_code == theirs.status_code
        assert await ours.get_data() == await theirs.get_data()
        assert ours.headers.get("ETag") == theirs.headers.get("ETag")


async def test_it_does_not_matter_how_the_rows_lie_or_which_postgresql_it_is(
    client_of: MakeClient, edge_catalogue: Database, edge_catalogue_twin: Database
) -> None:
    await assert_same(client_of, edge_catalogue, edge_catalogue_twin, least=25)


async def test_it_does_not_matter_who_loaded_the_dump_and_with_how_much_of_the_schema(
    client_of: MakeClient, dump_test: Database, dump_test_twin: Database
) -> None:
    await assert_same(client_of, dump_test, dump_test_twin, least=250)
