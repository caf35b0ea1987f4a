from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import BenchError
from bench.cases import COMPILATION, LARGE_ALBUM, LARGE_ARTIST, TYPICAL_ALBUM, find_case
from bench.target import Target
from lidarrmetadata.mirror.schema import create_tables
from tests.catalogue.databases import empty_database
from tests.catalogue.edge_cases import ADA, VARIOUS_ARTISTS

if TYPE_CHECKING:
    from bench.cases import Case, Question
    from lidarrmetadata.embedded import PostgresAddress


async def find(target: Target, question: Question, many: int = 1000) -> Case:
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        return await find_case(connection, question, many)
    finally:
        await connection.close()


async def sizes(target: Target, sql: str) -> dict[str, int]:
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        return {row["gid"]: row["size"] for row in await connection.fetch(sql)}
    finally:
        await connection.close()


async def test_the_large_artist_is_the_one_with_most_albums_where_nobody_has_3000(
    edge_target: Target,
) -> None:
    assert (await find(edge_target, LARGE_ARTIST)).mbids == (ADA,)


async def test_the_large_album_has_as_many_releases_as_any(edge_target: Target) -> None:
    releases = await sizes(
        edge_target,
        "SELECT release_group AS gid, count(*) AS size FROM release GROUP BY release_group",
    )
    case = await find(edge_target, LARGE_ALBUM)
    assert len(case.mbids) == 1
    assert case.sizes == (max(releases.values()),) * 2


async def test_typical_albums_have_one_to_five_releases_and_each_is_taken_once(
    edge_target: Target,
) -> None:
    ordinary = await sizes(
        edge_target,
        "SELECT release_group.gid::text, count(*) AS size"
        "  FROM release JOIN release_group ON release_group.id = release.release_group"
        " GROUP BY release_group.gid HAVING count(*) <= 5",
    )
    case = await find(edge_target, TYPICAL_ALBUM)
    assert len(case.mbids) == len(ordinary)
    assert set(case.mbids) == set(ordinary)


async def test_the_same_documents_are_chosen_every_time_and_no_more_than_wanted(
    edge_target: Target,
) -> None:
    first = await find(edge_target, TYPICAL_ALBUM, 3)
    assert len(first.mbids) == 3
    assert await find(edge_target, TYPICAL_ALBUM, 3) == first


async def test_the_compilation_is_by_various_artists_with_most_different_ones_on_its_tracks(
    edge_target: Target,
) -> None:
    by_various = await sizes(
        edge_target,
        "SELECT release_group.gid::text, release_group.id AS size FROM release_group"
        "  JOIN artist_credit_name USING (artist_credit)"
        "  JOIN artist ON artist.id = artist_credit_name.artist"
        f" WHERE artist.gid = '{VARIOUS_ARTISTS}'",
    )
    case = await find(edge_target, COMPILATION)
    assert case.mbids[0] in by_various
    assert case.sizes[0] > 1


async def test_a_database_without_such_documents_is_an_error_that_says_which(
    postgres: PostgresAddress,
) -> None:
    async with empty_database(postgres) as url:
        target = Target.of_url(url)
        connection = await target.connect({})
        try:
            await create_tables(connection)
        finally:
            await connection.close()
        with pytest.raises(BenchError, match="there is no 30-artist compilation"):
            await find(target, COMPILATION)
