from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded.sample import Loaded, load_sample, read_sample
from lidarrmetadata.errors import EmbeddedError
from lidarrmetadata.mirror.schema import create_tables, mark, marked
from lidarrmetadata.mirror.tables import TABLES
from tests.catalogue.databases import empty_database
from tests.catalogue.references import dangling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress

    Connection = asyncpg.Connection[asyncpg.Record]

THE_BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
NEVERMIND = "1b022e01-4da6-387b-8658-8678046e4cef"
ABBEY_ROAD = "9162580e-5df4-32de-80cc-f45a8d8a9b1d"


@pytest.fixture
async def database(postgres: PostgresAddress) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    async with empty_database(postgres) as url:
        yield url


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def counts(connection: Connection) -> dict[str, int]:
    return {
        table: await connection.fetchval(f"SELECT count(*) FROM {schema}.{table}")
        for schema, tables in TABLES.items()
        for table in tables
    }


async def versions(connection: Connection) -> list[str]:
    """Changes whenever a row is written anew, even if with the same values."""
    rows = await connection.fetch("SELECT xmin::text || ctid::text AS it FROM musicbrainz.track")
    return [row["it"] for row in rows]


async def test_the_sample_fills_an_empty_database(connection: Connection) -> None:
    loaded = await load_sample(connection)
    found = await counts(connection)
    assert loaded == Loaded(
        found["artist"], found["release_group"], found["release"], found["track"]
    )
    assert loaded.artists >= 10
    assert loaded.albums >= 30
    assert loaded.tracks >= 200


async def test_the_sample_says_that_it_is_one_and_of_which_day(connection: Connection) -> None:
    await load_sample(connection)
    found = await marked(connection)
    assert found is not None
    assert (found.kind, found.state) == ("sample", "complete")
    assert read_sample()["date"] in found.note
    vintage = await connection.fetchrow("SELECT * FROM musicbrainz.replication_control")
    assert vintage is not None
    assert vintage["current_schema_sequence"] == 31
    assert vintage["last_replication_date"].date().isoformat() == read_sample()["date"]


async def test_nothing_in_the_sample_refers_to_what_is_not_there(connection: Connection) -> None:
    await load_sample(connection)
    assert await dangling(connection) == []


async def test_a_second_load_changes_nothing(connection: Connection) -> None:
    await load_sample(connection)
    before = await versions(connection)
    assert await load_sample(connection) == Loaded()
    assert await versions(connection) == before


async def test_a_half_loaded_sample_is_made_anew(connection: Connection) -> None:
    await create_tables(connection, "sample")
    await connection.execute(
        "INSERT INTO musicbrainz.tag (id, name) VALUES (1, 'left by a load that was killed')"
    )
    loaded = await load_sample(connection)
    assert loaded.artists > 0
    assert await connection.fetchval("SELECT count(*) FROM musicbrainz.tag") == 0
    found = await marked(connection)
    assert found is not None
    assert found.state == "complete"


async def test_a_sample_of_an_earlier_version_learns_to_be_searched(
    connection: Connection,
) -> None:
    await load_sample(connection)
    await connection.execute("DROP FUNCTION lidarrmetadata.search_key CASCADE")
    assert await load_sample(connection) == Loaded()
    found = await connection.fetchval(
        "SELECT count(*) FROM musicbrainz.artist"
        " WHERE lidarrmetadata.search_key(name) = lidarrmetadata.search_key('beatles')"
    )
    assert found > 0


async def test_a_load_that_is_rolled_back_leaves_nothing_behind(
    connection: Connection,
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await load_sample(connection)
    await transaction.rollback()
    assert await marked(connection) is None
    assert (await load_sample(connection)).artists > 0


async def test_two_processes_that_start_at_once_load_once(database: str) -> None:
    connections = [await asyncpg.connect(database) for _ in range(2)]
    loads = await asyncio.gather(*map(load_sample, connections))
    assert sorted(loaded == Loaded() for loaded in loads) == [False, True]
    for connection in connections:
        await connection.close()


@pytest.mark.parametrize("state", ["loading", "complete"])
async def test_a_mirror_of_our_own_is_left_alone_however_far_it_is(
    connection: Connection, state: str
) -> None:
    await create_tables(connection)
    if state == "complete":
        await mark(connection, "mirror", "complete")
    assert await load_sample(connection) == Loaded()
    found = await marked(connection)
    assert found is not None
    assert (found.kind, found.state) == ("mirror", state)


async def test_a_mirror_of_somebody_else_is_refused_untouched(connection: Connection) -> None:
    await connection.execute("CREATE SCHEMA musicbrainz")
    await connection.execute("CREATE TABLE musicbrainz.artist (precious text)")
    with pytest.raises(EmbeddedError, match="nothing was changed"):
        await load_sample(connection)
    assert await connection.fetchval("SELECT count(*) FROM musicbrainz.artist") == 0


async def test_nevermind_is_there_track_by_track(connection: Connection) -> None:
    await load_sample(connection)
    tracks = await connection.fetch(
        "SELECT track.name, track.length FROM musicbrainz.track"
        " JOIN musicbrainz.medium ON medium.id = track.medium"
        " JOIN musicbrainz.release ON release.id = medium.release"
        " JOIN musicbrainz.release_group ON release_group.id = release.release_group"
        " WHERE release_group.gid = $1 ORDER BY track.position",
        NEVERMIND,
    )
    assert len(tracks) == 12
    assert tuple(tracks[0]) == ("Smells Like Teen Spirit", 301_106)
    assert tuple(tracks[2]) == ("Come as You Are", 219_066)


async def test_every_album_shows_a_status_and_either_all_its_tracks_or_no_medium(
    connection: Connection,
) -> None:
    await load_sample(connection)
    albums = await connection.fetch(
        "SELECT release_group.name, array_agg(DISTINCT release.status) AS statuses,"
        " count(DISTINCT release.id) AS releases, count(DISTINCT medium.id) AS media,"
        " coalesce(bool_and(medium.track_count > 0 AND medium.track_count = (SELECT count(*)"
        " FROM musicbrainz.track WHERE track.medium = medium.id)), true) AS whole"
        " FROM musicbrainz.release_group"
        " LEFT JOIN musicbrainz.release ON release.release_group = release_group.id"
        " LEFT JOIN musicbrainz.medium ON medium.release = release.id"
        " GROUP BY release_group.id"
    )
    assert [album["name"] for album in albums if None in album["statuses"]] == []
    assert [album["name"] for album in albums if not album["whole"]] == []
    assert [album["name"] for album in albums if not album["media"] and album["releases"] > 1] == []
    assert sum(album["media"] > 0 for album in albums) >= 8


async def test_the_beatles_come_with_their_studio_albums(connection: Connection) -> None:
    await load_sample(connection)
    albums = await connection.fetch(
        "SELECT release_group.gid::text FROM musicbrainz.release_group"
        " JOIN musicbrainz.artist_credit_name AS credit USING (artist_credit)"
        " JOIN musicbrainz.artist ON artist.id = credit.artist"
        " JOIN musicbrainz.release_group_primary_type AS type ON type.id = release_group.type"
        " WHERE artist.gid = $1 AND type.name = 'Album'",
        THE_BEATLES,
    )
    assert len(albums) >= 13
    assert ABBEY_ROAD in {album["gid"] for album in albums}


def test_the_sample_holds_every_medium_of_the_releases_it_lists() -> None:
    releases = [
        release
        for group in read_sample()["release_groups"]
        for release in group.get("releases", ())
    ]
    assert len({release["id"] for release in releases}) == len(releases)
    assert [release["title"] for release in releases if not release["media"]] == []
    assert [
        release["title"]
        for release in releases
        for medium in release["media"]
        if not medium["tracks"] or any(not track["title"] for track in medium["tracks"])
    ] == []


def test_an_album_of_the_sample_has_either_releases_or_a_status() -> None:
    groups = read_sample()["release_groups"]
    assert [
        group["title"] for group in groups if ("releases" in group) == ("status" in group)
    ] == []
