from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded import EmbeddedServices, orphans
from tests.embedded.support import (
    PATIENCE,
    Launcher,
    as_servers_do,
    eventually,
    leaders,
    on_linux,
    pids,
    ping,
    reachable_places,
    sql,
)

if TYPE_CHECKING:
    from lidarrmetadata.embedded.binaries import Places

BUSY = """
    select state = 'active' and query like '%generate_series%'
    from pg_stat_activity where pid = $1
"""

Launch = Callable[..., Launcher]


def test_servers_that_outlived_their_launcher_are_stopped_in_order(
    used: Path, places: Places
) -> None:
    used.chmod(0o755)
    data = used / "postgres"
    with subprocess.Popen(
        [places.postgres[0] / "postgres", "-D", data, "-k", used / "run", "-h", ""],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **as_servers_do(),
    ) as orphan:
        status = data / "postmaster.pid"
        assert eventually(lambda: status.exists() and "ready" in status.read_text())
        with EmbeddedServices(used, valkey=False, places=places) as services:
            assert sql(services.postgres, "select 1") == 1
            assert orphan.wait(30) == 0
        assert orphan.stderr is not None
        assert "database system is shut down" in orphan.stderr.read()


def test_a_valkey_that_outlived_its_launcher_is_stopped(folder: Path) -> None:
    with EmbeddedServices(folder, postgres=False):
        pass
    program = reachable_places().valkey[0]
    with subprocess.Popen(
        [program, "--port", "0", "--dir", folder / "valkey", "--unixsocket", "orphan.sock"],
        stdout=subprocess.DEVNULL,
        **as_servers_do(),
    ) as orphan:
        assert eventually((folder / "valkey" / "orphan.sock").exists)
        assert pids(folder) == [orphan.pid]
        with EmbeddedServices(folder, postgres=False):
            assert orphan.wait(30) == 0
            assert orphan.pid not in pids(folder)


@on_linux
def test_a_busy_backend_without_its_postmaster_does_not_block_the_start(
    used: Path, places: Places, launch: Launch
) -> None:
    launcher = launch(used)
    postmaster = leaders(used)["postgres"]
    address = launcher.addresses.postgres
    assert address is not None

    async def kill_under_load() -> None:
        connection = await asyncpg.connect(address.dsn("postgres"))
        backend = await connection.fetchval("select pg_backend_pid()")
        # A loop that looks for signals, but not whether its postmaster is there.
        watcher = await asyncpg.connect(address.dsn("postgres"))
        endless = asyncio.create_task(
            connection.execute("select count(*) from generate_series(1, 10000000000) n")
        )
        async with asyncio.timeout(PATIENCE):
            while not await watcher.fetchval(BUSY, backend):
                pass
        os.kill(launcher.process.pid, signal.SIGKILL)
        os.kill(postmaster, signal.SIGKILL)
        launcher.leave()
        assert backend in pids(used)
        with EmbeddedServices(used, places=places) as services:
            assert services.check() == []
            assert backend not in pids(used)
        await asyncio.gather(endless, return_exceptions=True)
        connection.terminate()
        watcher.terminate()

    asyncio.run(kill_under_load())


def test_where_there_is_no_proc_the_list_of_processes_tells_the_same(used_by_wheel: Path) -> None:
    if not Path("/bin/ps").exists():
        pytest.skip("needs ps")
    with EmbeddedServices(used_by_wheel):
        listed = {found.pid for found in orphans._from_ps(used_by_wheel)}
        assert listed == set(leaders(used_by_wheel).values())
    assert list(orphans._from_ps(used_by_wheel)) == []


def test_servers_of_a_data_folder_within_the_data_folder_are_not_touched(folder: Path) -> None:
    folder.chmod(0o755)
    with EmbeddedServices(folder / "inner", postgres=False) as inner:
        with EmbeddedServices(folder, postgres=False) as outer:
            assert ping(inner.valkey_url)
            assert ping(outer.valkey_url)
        assert inner.check() == []


def test_a_strangers_process_in_the_folder_is_not_touched(folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=folder) as stranger:
        with EmbeddedServices(folder, postgres=False):
            assert stranger.poll() is None
        assert stranger.poll() is None
        stranger.kill()
