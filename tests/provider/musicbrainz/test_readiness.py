"""A database that is down, starting, half imported or foreign is never believed to lack a thing."""

from __future__ import annotations

import logging
import shutil
import socket
from itertools import count
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.sample import load_sample
from lidarrmetadata.mirror.schema import create_tables, mark
from tests import dumps
from tests.api.watched import settled
from tests.catalogue.edge_cases import ADA, INKWELL, edge_cases
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quart import Response

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

NO_SUCH = "00000000-0000-4000-8000-000000000000"

numbers = count()


@pytest.fixture
def own(postgres: PostgresAddress) -> Database:
    """A catalogue of the test's own to spoil, made by our loaders."""
    return dumps.create(postgres, f"spoilt_{next(numbers)}", edge_cases().write)


@pytest.fixture
def foreign(own: Database) -> Database:
    """The same, as if somebody else had made it: without our note of what it is."""
    dumps.run(own, "DROP SCHEMA lidarrmetadata CASCADE")
    return own


async def spoil(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(**database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def assert_unavailable(client: Client, *said: str) -> None:
    for path in (f"/artist/{ADA}", f"/album/{INKWELL}", f"/artist/{NO_SUCH}", f"/album/{NO_SUCH}"):
        response = await client.get(path)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert response.headers["Cache-Control"] == "no-store"
        error = await error_of(response)
        for words in said:
            assert words in error


async def error_of(response: Response) -> str:
    answer = await response.get_json()
    assert list(answer) == ["error"]
    return str(answer["error"])


async def assert_gone(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert NO_SUCH in await error_of(response)


async def test_a_whole_catalogue_may_say_that_there_is_no_such_thing(
    client_of: MakeClient, own: Database
) -> None:
    client = await client_of(DATABASE=own)
    await assert_gone(client, f"/artist/{NO_SUCH}")
    await assert_gone(client, f"/album/{NO_SUCH}")


async def test_so_may_a_mirror_made_by_others(client_of: MakeClient, foreign: Database) -> None:
    client = await client_of(DATABASE=foreign)
    await assert_gone(client, f"/artist/{NO_SUCH}")
    assert (await client.artist(ADA))["id"] == ADA


async def test_nobody_listens(client_of: MakeClient, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:  # bound, so that nobody else takes it, but not listening
        taken.bind(("127.0.0.1", 0))
        database = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
        await assert_unavailable(await client_of(DATABASE=database), "cannot answer")
    # Four requests, one line: a refresh of a library must not drown the log.
    assert caplog.text.count("event=database_unavailable") == 1


async def test_somebody_listens_and_says_nothing(client_of: MakeClient) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = await client_of(
            DATABASE={"host": "127.0.0.1", "port": silent.getsockname()[1]},
            DATABASE_ACQUIRE_TIMEOUT=0.2,
        )
        await assert_unavailable(client, "cannot answer")


async def test_the_database_takes_no_connections(client_of: MakeClient, own: Database) -> None:
    dumps_name = own["database"]
    await spoil({**own, "database": "postgres"}, f"ALTER DATABASE {dumps_name} CONNECTION LIMIT 0")
    await spoil(
        {**own, "database": "postgres"},
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'reader'",
    )
    client = await client_of(DATABASE={**own, "user": "reader", "password": "reader"})
    await assert_unavailable(client, "too many connections")


async def test_it_is_there_but_empty(client_of: MakeClient, postgres: PostgresAddress) -> None:
    database = {**dumps.at(postgres, "postgres")}
    await assert_unavailable(await client_of(DATABASE=database), "there is no table artist")


async def test_our_import_is_running(
    client_of: MakeClient, own: Database, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await asyncpg.connect(**own)
    await mark(connection, "mirror", "loading")
    await connection.close()
    client = await client_of(DATABASE=own)
    await assert_unavailable(client, "being loaded")
    assert caplog.text.count("being loaded") == 1
    connection = await asyncpg.connect(**own)
    await mark(connection, "mirror", "complete")
    await connection.close()
    with caplog.at_level(logging.INFO):
        await client.artist(ADA)
    assert caplog.text.count("event=database_available") == 1


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE musicbrainz.track DROP COLUMN is_data_track", "no column is_data_track"),
        ("DROP TABLE cover_art_archive.cover_art", "no table cover_art_archive.cover_art"),
        ("DROP INDEX musicbrainz.track_idx_medium_position", "no index on medium"),
        ("TRUNCATE musicbrainz.recording", "holds no data"),
        ("TRUNCATE musicbrainz.replication_control", "holds no data"),
    ],
)
async def test_an_import_by_others_is_running_or_the_schema_has_changed(
    client_of: MakeClient, foreign: Database, statement: str, said: str
) -> None:
    await spoil(foreign, statement)
    await assert_unavailable(await client_of(DATABASE=foreign), said)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE musicbrainz.release",
        "DROP SCHEMA musicbrainz CASCADE",
        "ALTER TABLE musicbrainz.track RENAME TO track_old;"
        "CREATE TABLE musicbrainz.track AS TABLE musicbrainz.track_old",
    ],
)
async def test_a_database_emptied_or_made_anew_while_we_serve_is_noticed_at_once(
    client_of: MakeClient, foreign: Database, statement: str
) -> None:
    client = await client_of(DATABASE=foreign, MEMORY_CACHE_BYTES=0)
    assert (await client.artist(ADA))["id"] == ADA
    await spoil(foreign, statement)
    await assert_unavailable(client)


async def test_a_newer_schema_is_served_with_a_warning(
    client_of: MakeClient, own: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await spoil(own, "UPDATE musicbrainz.replication_control SET current_schema_sequence = 33")
    client = await client_of(DATABASE=own)
    with caplog.at_level(logging.WARNING):
        assert (await client.artist(ADA))["id"] == ADA
    assert "event=schema_unknown sequence=33" in caplog.text


async def test_a_type_that_is_new_is_known_at_the_second_ask(
    client_of: MakeClient, own: Database
) -> None:
    client = await client_of(DATABASE=own, MEMORY_CACHE_BYTES=0)
    assert (await client.artist(ADA))["type"] == "Person"
    await spoil(
        own,
        "INSERT INTO musicbrainz.artist_type (id, name, gid) VALUES (99, 'Hologram', '"
        + NO_SUCH
        + "'); UPDATE musicbrainz.artist SET type = 99",
    )
    assert (await client.get(f"/artist/{ADA}")).status_code == 503
    assert (await client.artist(ADA))["type"] == "Hologram"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder()
    yield path
    shutil.rmtree(path)


async def test_the_database_stops_and_comes_back(client_of: MakeClient, folder: Path) -> None:
    with EmbeddedServices(folder, valkey=False) as services:
        assert services.postgres is not None
        database = dumps.at(services.postgres, "postgres")
        connection = await asyncpg.connect(**database)
        await edge_cases().write(connection)
        await connection.close()
        client = await client_of(DATABASE=database, MEMORY_CACHE_BYTES=0)
        before = await client.artist(ADA)
        await settled(client)  # stopping holds up this event loop too
    await assert_unavailable(client)
    with EmbeddedServices(folder, valkey=False):
        assert await client.artist(ADA) == before


async def test_a_sample_never_says_that_there_is_no_such_thing(
    client_of: MakeClient, postgres: PostgresAddress
) -> None:
    database = dumps.at(postgres, "sample_only")
    await spoil(dumps.at(postgres, "postgres"), "CREATE DATABASE sample_only")
    connection = await asyncpg.connect(**database)
    await load_sample(connection)
    await connection.close()
    client = await client_of(DATABASE=database)
    for path in (f"/artist/{NO_SUCH}", f"/album/{NO_SUCH}"):
        response = await client.get(path)
        assert response.status_code == 503
        assert "part of MusicBrainz" in await error_of(response)


async def test_a_catalogue_without_any_row_yet_is_being_loaded(
    client_of: MakeClient, postgres: PostgresAddress
) -> None:
    await spoil(dumps.at(postgres, "postgres"), "CREATE DATABASE loading")
    database = dumps.at(postgres, "loading")
    connection = await asyncpg.connect(**database)
    await create_tables(connection)
    await connection.close()
    await assert_unavailable(await client_of(DATABASE=database))
