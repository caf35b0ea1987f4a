"""What is opened with the application is closed with it."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio

from lidarrmetadata.app import create_app
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.services import Services
from lidarrmetadata.settings import load_config
from tests.catalogue import edge_cases as edge
from tests.eventually import eventually
from tests.internet.theaudiodb import TheAudioDb

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database
    from tests.internet import Internet


def config(**settings: Any) -> DefaultConfig:
    return load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings)


def open_files() -> set[str]:
    """Sockets and files this process holds, by what they are."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except FileNotFoundError:  # the folder itself, read and closed
            continue
    return found


def running() -> list[str]:
    """The files of what all tasks began with."""
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    return [inspect.getfile(c.cr_code) for c in coroutines if inspect.iscoroutine(c)]


async def test_nothing_is_left_when_the_application_stops_in_the_middle_of_everything(
    edge_catalogue: Database, internet: Internet, postgres: PostgresAddress
) -> None:
    internet.knows_everything = True
    tasks, files = asyncio.all_tasks(), open_files()
    app = create_app(
        config(
            DATABASE=edge_catalogue,
            CACHE={"redis_url": "", "postgres_url": postgres.dsn("postgres")},
            ANSWER_BUDGET=0.1,
            **internet.settings(),
        )
    )
    await app.startup()
    for service in (internet.fanart, internet.wikidata):
        service.hangs()
    internet.theaudiodb.fails_with(503)  # and is about to be tried again
    answer = await app.test_client().get(f"/album/{edge.GUESTS}")
    assert answer.status_code == 200
    assert internet.fanart.in_flight
    assert [name for name in running() if "lidarrmetadata" in name]
    await app.shutdown()
    assert not [name for name in running() if "lidarrmetadata" in name]
    for service in internet.services.values():
        await service.quiet()

    async def nothing_is_left() -> bool:
        return asyncio.all_tasks() <= tasks and open_files() <= files

    await eventually(nothing_is_left)  # the other ends of our connections are in this process, too


async def test_an_application_may_be_closed_that_was_never_opened(
    edge_catalogue: Database,
) -> None:
    await Services(config(DATABASE=edge_catalogue)).close()


class Unopenable(Providers):
    """Providers the last of which cannot be opened."""

    closed = False

    async def open(self) -> None:
        await super().open()
        raise OSError("no more files may be opened")

    async def close(self) -> None:
        await super().close()
        self.closed = True


async def test_what_has_been_opened_is_closed_if_the_rest_cannot_be(
    edge_catalogue: Database, internet: Internet
) -> None:
    settings = config(DATABASE=edge_catalogue, **internet.settings())
    services = Services(settings)
    services.providers = providers = Unopenable(settings, Tools.of_this_process(services.clock))
    with pytest.raises(OSError, match="no more files"):
        await services.open()
    assert providers.closed


async def test_calls_to_sources_are_counted_by_how_they_ended(
    edge_catalogue: Database, internet: Internet
) -> None:
    internet.knows_everything = True
    internet.service(TheAudioDb).fails_with(500)
    services = Services(config(DATABASE=edge_catalogue, **internet.settings()))
    await services.open()
    await services.documents.get("artist", edge.ADA)
    await services.close()
    assert services.source_calls["fanart", "found"] == 1
    assert services.source_calls["theaudiodb", "unavailable"] == 1
    assert services.source_calls["wikipedia", "found"] == 2  # Wikidata, then Wikipedia


async def test_limits_are_shared_through_redis_if_there_is_one(
    edge_catalogue: Database, internet: Internet, redis_url: str
) -> None:
    internet.knows_everything = True
    shared = {
        "DATABASE": edge_catalogue,
        "CACHE": {"redis_url": redis_url},
        **internet.settings(),
        "OPERATOR_CONTACT": "",
    }
    one, other = Services(config(**shared)), Services(config(**shared))
    await one.open()
    await other.open()
    await one.documents.get("artist", edge.ADA)
    await other.documents.refresh("artist", edge.ADA)
    client = redis.asyncio.Redis.from_url(redis_url)
    assert await client.zcard("lm3.7:limit:{wikipedia}") == 4
    await client.aclose()
    await other.close()
    await one.close()
