"""What takes long for the first question is done before it comes."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import asyncpg

from tests.catalogue.edge_cases import ADA
from tests.eventually import eventually

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import MakeClient
    from tests.dumps import Database

SOON = 2.5  # seconds; the server waits one, on a machine that does other things as well
ALL = 5  # connections that artists may hold of ten


async def test_the_first_artists_find_connections_made_and_statements_prepared(
    client_of: MakeClient, edge_catalogue: Database, postgres: PostgresAddress
) -> None:
    await client_of(DATABASE=edge_catalogue, DATABASE_POOL_MAX=10)
    observer = await asyncpg.connect(postgres.dsn(edge_catalogue["database"]))

    async def all_are_there() -> bool:
        count = await observer.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'lidarr-metadata'"
        )
        return bool(count == ALL)

    try:
        await eventually(all_are_there)
    finally:
        await observer.close()


async def test_databases_that_say_nothing_hold_up_the_start_for_a_moment_only(
    client_of: MakeClient,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        client = await client_of(
            DATABASE={"host": "127.0.0.1", "port": port},
            CACHE={"redis_url": "", "postgres_url": f"postgresql://a@127.0.0.1:{port}/cache"},
        )
        assert time.monotonic() - started < SOON
        assert (await client.get("/")).status_code == 200


async def test_databases_that_are_down_are_no_error(client_of: MakeClient) -> None:
    nowhere = "postgresql://a@127.0.0.1:1/cache"
    client = await client_of(
        DATABASE={"host": "127.0.0.1", "port": 1},
        CACHE={"redis_url": "redis://127.0.0.1:1", "postgres_url": nowhere},
    )
    assert (await client.get("/")).status_code == 200
    assert (await client.get(f"/artist/{ADA}")).status_code == 503
