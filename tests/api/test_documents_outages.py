"""Without a catalogue, or without a cache, everything that was ever answered is still answered."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lidarrmetadata.embedded import EmbeddedServices
from tests import dumps
from tests.api.watched import services_of, settled, shared_seconds
from tests.catalogue.databases import empty_database
from tests.catalogue.edge_cases import ADA, ADA_MERGED, BEN, INKWELL, TOGETHER, edge_cases
from tests.changing import error_of
from tests.clock import ManualClock
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient

KEPT = [f"/artist/{ADA}", f"/artist/{ADA_MERGED}", f"/album/{INKWELL}"]
NOT_KEPT = [f"/artist/{BEN}", f"/album/{TOGETHER}", "/artist/00000000-0000-4000-8000-000000000000"]
A_YEAR = 365 * 24 * 60


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder()
    yield path
    shutil.rmtree(path)


async def bodies(server: Client) -> list[str]:
    found = []
    for path in KEPT:
        answer = await server.get(path)
        assert answer.status_code == 200
        found.append(await answer.get_data(as_text=True))
    return found


async def assert_nothing_else_is_said(server: Client) -> None:
    for path in NOT_KEPT:
        answer = await server.get(path)
        await error_of(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0


async def test_documents_of_every_age_outlive_the_catalogue_and_nothing_false_is_remembered(
    client_of: MakeClient, postgres: PostgresAddress, folder: Path
) -> None:
    clock = ManualClock()
    async with empty_database(postgres) as cache:
        settings: dict[str, Any] = {"CACHE": {"redis_url": "", "postgres_url": cache}}
        with EmbeddedServices(folder, valkey=False) as services:
            assert services.postgres is not None
            settings["DATABASE"] = dumps.at(services.postgres, "postgres")
            connection = await asyncpg.connect(**settings["DATABASE"])
            await edge_cases().write(connection)
            await connection.close()
            server = await client_of(clock, **settings)
            restarted = await client_of(clock, **settings)
            before = await bodies(server)
            await settled(server)
        for one in (server, restarted):
            assert await bodies(one) == before  # fresh
            await assert_nothing_else_is_said(one)
        await clock.forward(minutes=A_YEAR)
        for one in (server, restarted):
            for _ in range(2):
                assert await bodies(one) == before  # old
            await assert_nothing_else_is_said(one)
        documents = services_of(server).documents
        await documents.expire("artist", [ADA, ADA_MERGED, BEN])
        await documents.expire_all("album")
        for one in (server, restarted):
            assert await bodies(one) == before  # called changed
            for path in KEPT:
                assert shared_seconds(await one.get(path)) <= 300
            await assert_nothing_else_is_said(one)
        assert await bodies(await client_of(clock, **settings)) == before
        with EmbeddedServices(folder, valkey=False):
            for one in (server, restarted):
                assert await bodies(one) == before
                for path in NOT_KEPT[:2]:
                    assert (await one.get(path)).status_code == 200
                assert (await one.get(NOT_KEPT[2])).status_code == 404
