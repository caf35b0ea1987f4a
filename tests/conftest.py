"""Real servers and real catalogues, made once a session."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lidarrmetadata.app import create_app
from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.binaries import Places
from lidarrmetadata.mirror.tables import SCHEMA_OF
from lidarrmetadata.settings import load_config
from tests import dumps, synthetic
from tests.catalogue.edge_cases import edge_cases
from tests.folders import new_folder
from tests.internet.fixtures import internet as internet
from tests.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from quart import Response
    from quart.typing import TestClientProtocol

    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.resilience.clock import Clock
    from tests.dumps import Database

    MakeClient = Callable[..., Awaitable["Client"]]


class Client:
    """A client of one server, in this process, over the real application."""

    def __init__(self, http: TestClientProtocol) -> None:
        self.http = http

    async def get(self, path: str, **headers: str) -> Response:
        return await self.http.get(path, headers=headers)

    async def artist(self, mbid: str) -> Any:
        return await self._document(f"/artist/{mbid}")

    async def album(self, mbid: str) -> Any:
        return await self._document(f"/album/{mbid}")

    async def _document(self, path: str) -> Any:
        response = await self.get(path)
        assert response.status_code == 200, await response.get_data()
        return await response.get_json()


@contextmanager
def _server(places: Places) -> Iterator[PostgresAddress]:
    folder = new_folder()
    try:
        with EmbeddedServices(folder, valkey=False, places=places) as services:
            assert services.postgres is not None
            asyncio.run(_make_logging_in_cheap(services.postgres))
            yield services.postgres
    finally:
        shutil.rmtree(folder)


async def _make_logging_in_cheap(server: PostgresAddress) -> None:
    """Spare thousands of log-ins 4,096 rounds of hashing each. PostgreSQL 15 knows no way to."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        if connection.get_server_version().major >= 16:
            await connection.execute("SET scram_iterations = 1")
            await connection.execute(f"ALTER ROLE {server.user} PASSWORD '{server.password}'")
    finally:
        await connection.close()


# Files and folders whose tests look at how long things take, or at what else runs.
_ALONE = (
    *("outages", "bench", "test_server.py", "test_workers.py", "test_coherence.py"),
    *("test_nothing_lost.py", "test_warm_up.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` is to run when nothing else runs."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in _ALONE:
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresAddress]:
    """The PostgreSQL that people get who have none: the wheel's."""
    with _server(Places.of_this_machine()) as address:
        yield address


@pytest.fixture(scope="session")
def system_postgres() -> Iterator[PostgresAddress]:
    """The PostgreSQL of the system."""
    places = Places.of_this_machine()
    system = tuple(folder for folder in places.postgres if "site-packages" not in folder.parts)
    with _server(Places(system, ())) as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis: the Valkey that comes along."""
    folder = new_folder()
    try:
        with EmbeddedServices(folder, postgres=False) as services:
            assert services.valkey_url is not None
            yield services.valkey_url
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def edge_catalogue(postgres: PostgresAddress) -> Database:
    """Our own small catalogue of everything that goes wrong (tests/catalogue/edge_cases.py)."""
    return dumps.create(postgres, "edge", edge_cases().write)


@pytest.fixture(scope="session")
def dump_test(postgres: PostgresAddress) -> Database:
    """MusicBrainz' own test data with edge cases."""
    return dumps.create(postgres, "dump_test", dumps.dump(shared_data("musicbrainz/dump-test")))


@pytest.fixture(scope="session")
def dump_real(postgres: PostgresAddress) -> Database:
    """Real artists, Bach with 5,668 albums among them."""
    return dumps.create(postgres, "dump_real", dumps.dump(shared_data("musicbrainz/dump-real")))


@pytest.fixture
async def client_of() -> AsyncIterator[MakeClient]:
    """Clients of servers over given settings:

    `await client_of(DATABASE=…)`. Stopped at the end of the test.
    """
    running = []

    async def make(clock: Clock | None = None, **settings: object) -> Client:
        if "WIKIDATA_URL" not in settings:  # without `**internet.settings()` nobody is to be asked
            settings.setdefault("PROVIDERS", ["musicbrainz_db"])
        # Each makes most of its connections when it starts, and few tests need more than one.
        settings.setdefault("DATABASE_POOL_MAX", 4)
        # What needs no index of its own needs no folder to look for it.
        settings.setdefault("SEARCH_BACKEND", "postgres")
        app = create_app(load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings), clock)
        running.append(app)
        await app.startup()
        return Client(app.test_client())

    yield make
    for app in running:
        await app.shutdown()


@pytest.fixture(scope="session")
def dump_test_twin(system_postgres: PostgresAddress) -> Database:
    """`dump_test` loaded once more: by another loader, with the full schema, another PostgreSQL."""
    return synthetic.full_schema(system_postgres, "dump_test", "musicbrainz/dump-test")


@pytest.fixture(scope="session")
def synthetic_catalogue(system_postgres: PostgresAddress) -> Database:
    """2,000 artists with everything that hangs on them."""
    return synthetic.synthetic(system_postgres, "synthetic", 2000)


@pytest.fixture(scope="session")
def edge_catalogue_twin(system_postgres: PostgresAddress) -> Database:
    """`edge_catalogue` once more, on another PostgreSQL, its rows lying in another order."""

    async def fill(connection: asyncpg.Connection) -> None:
        await edge_cases().write(connection)
        for table, schema in SCHEMA_OF.items():
            await dumps.shuffle(connection, f"{schema}.{table}")

    return dumps.create(system_postgres, "edge", fill)
