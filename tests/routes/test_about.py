from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lidarrmetadata import __version__
from lidarrmetadata.embedded.orphans import servers_below
from tests.serving import data_folder, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

AT_ONCE = 0.1  # seconds


@contextmanager
def taking_no_connection(postgres: PostgresAddress) -> Iterator[None]:
    """While the process that takes connections is frozen: they are made and never answered."""
    found = list(servers_below(Path(postgres.host).parent))
    family = {process.pid for process in found}
    (postmaster,) = (process.pid for process in found if process.parent not in family)
    os.kill(postmaster, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(postmaster, signal.SIGCONT)


async def about_at_once(client: Client) -> Any:
    started = time.perf_counter()
    answer = await client.get("/")
    assert time.perf_counter() - started < AT_ONCE
    assert answer.status_code == 200
    return await answer.get_json()


async def test_it_tells_what_this_server_is_and_how_new_its_data_is(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    client = await client_of(DATABASE=edge_catalogue)
    about = await (await client.get("/")).get_json()
    assert about["version"] == __version__
    assert about["branch"]
    assert about["commit"]
    assert about["schema_sequence"] >= 30
    assert about["replication_date"].startswith("20")


async def test_it_answers_when_nothing_listens_at_the_database(client_of: MakeClient) -> None:
    client = await client_of(DATABASE={"host": "127.0.0.1", "port": free_port()})
    about = await about_at_once(client)
    assert about["version"] == __version__
    assert about["schema_sequence"] is None
    assert about["replication_date"] is None


async def test_it_answers_when_the_database_takes_no_connection(
    client_of: MakeClient, edge_catalogue: Database, postgres: PostgresAddress
) -> None:
    with taking_no_connection(postgres):
        client = await client_of(DATABASE=edge_catalogue)
        for _ in range(3):
            assert (await about_at_once(client))["schema_sequence"] is None
    answer = await client.get("/")
    assert (await answer.get_json())["schema_sequence"] is not None


def test_it_remembers_what_a_database_said_that_is_gone() -> None:
    with data_folder() as folder, serving(folder) as server:
        known = server.ready().get("/").document
        assert known["schema_sequence"] is not None
        for process in servers_below(folder):
            os.kill(process.pid, signal.SIGKILL)
        assert server.get("/artist/b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d").status == 503
        started = time.perf_counter()
        assert server.get("/").document == known
        assert time.perf_counter() - started < AT_ONCE
        assert server.terminate() == 0
