from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import valkey

from lidarrmetadata.embedded import EmbeddedServices, attach
from lidarrmetadata.embedded.binaries import Places
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import (
    LAUNCHER,
    Launcher,
    as_root,
    eventually,
    leaders,
    on_linux,
    pids,
    ping,
    sql,
)

Launch = Callable[..., Launcher]


def test_both_servers_answer_in_a_fresh_folder_and_are_gone_afterwards(
    folder: Path, places: Places
) -> None:
    with EmbeddedServices(folder, places=places) as services:
        assert sql(services.postgres, "select 6 * 7") == 42
        assert ping(services.valkey_url)
        assert services.check() == []
    assert pids(folder) == []
    assert services.postgres is None
    assert services.valkey_url is None


def test_each_server_can_be_left_out(used_by_wheel: Path) -> None:
    with EmbeddedServices(used_by_wheel, postgres=False) as services:
        assert services.postgres is None
        assert ping(services.valkey_url)
        assert attach(used_by_wheel).postgres is None
    with EmbeddedServices(used_by_wheel, valkey=False) as services:
        assert services.valkey_url is None
        assert sql(services.postgres, "select 1") == 1


def test_another_process_finds_the_running_servers(used_by_wheel: Path, launch: Launch) -> None:
    launcher = launch(used_by_wheel)
    found = attach(used_by_wheel)
    assert found == launcher.addresses
    assert sql(found.postgres, "select 1") == 1
    assert ping(found.valkey_url)


def test_attach_says_clearly_that_nothing_runs(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="No embedded servers run in the data folder"):
        attach(folder / "never made")
    with EmbeddedServices(folder, postgres=False):
        pass
    with pytest.raises(EmbeddedError, match="No embedded servers run in the data folder"):
        attach(folder)


@on_linux
def test_attach_is_not_fooled_by_the_addresses_of_a_killed_launcher(
    folder: Path, launch: Launch
) -> None:
    launch(folder, "--no-postgres").kill()
    assert (folder / "services.json").exists()
    with pytest.raises(EmbeddedError, match="Start the server first"):
        attach(folder)


@on_linux
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_servers_end_by_themselves_when_the_launcher_is_killed(
    used_by_wheel: Path, launch: Launch, death: signal.Signals
) -> None:
    launcher = launch(used_by_wheel)
    assert set(leaders(used_by_wheel)) == {"postgres", "valkey"}
    launcher.process.send_signal(death)
    assert launcher.leave() == -death
    assert eventually(lambda: not pids(used_by_wheel))
    assert "database system is shut down" in (used_by_wheel / "log/postgres.log").read_text()


@on_linux
def test_the_next_start_follows_a_killed_launcher_at_once(
    used: Path, places: Places, launch: Launch
) -> None:
    launch(used).kill()
    with EmbeddedServices(used, places=places) as services:
        assert sql(services.postgres, "select 1") == 1
        assert ping(services.valkey_url)


def test_everything_stops_after_a_normal_exit(used_by_wheel: Path, launch: Launch) -> None:
    launcher = launch(used_by_wheel)
    assert pids(used_by_wheel)
    assert launcher.leave() == 0
    assert pids(used_by_wheel) == []


def test_everything_stops_after_an_exception(used_by_wheel: Path, launch: Launch) -> None:
    launcher = launch(used_by_wheel)
    assert launcher.leave("raise\n") == 1
    assert "as asked" in launcher.complaint
    assert pids(used_by_wheel) == []


def test_everything_stops_in_order_after_ctrl_c(used_by_wheel: Path, launch: Launch) -> None:
    launcher = launch(used_by_wheel)
    os.killpg(launcher.process.pid, signal.SIGINT)
    launcher.leave()
    assert "KeyboardInterrupt" in launcher.complaint
    assert pids(used_by_wheel) == []
    assert "database system is shut down" in (used_by_wheel / "log/postgres.log").read_text()


@on_linux
@pytest.mark.parametrize("interruption", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_first_start_leaves_nothing_in_the_way(
    folder: Path, interruption: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, LAUNCHER, folder], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as launcher:
        assert eventually(lambda: any(folder.glob("postgres.new-*")))
        launcher.send_signal(interruption)
    assert not (folder / "postgres").exists()
    with EmbeddedServices(folder) as services:
        assert sql(services.postgres, "select 1") == 1
        assert len(leaders(folder)) == 2


def test_ctrl_c_does_not_reach_the_servers_themselves(used_by_wheel: Path, launch: Launch) -> None:
    launcher = launch(used_by_wheel, "--deaf")
    for pid in leaders(used_by_wheel).values():
        assert os.getsid(pid) == pid
        assert os.getpgid(pid) != launcher.process.pid
    os.killpg(launcher.process.pid, signal.SIGINT)
    assert sql(launcher.addresses.postgres, "select 1") == 1
    assert ping(launcher.addresses.valkey_url)


@on_linux
@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_check_names_the_server_that_died(used_by_wheel: Path, name: str) -> None:
    with EmbeddedServices(used_by_wheel) as services:
        os.kill(leaders(used_by_wheel)[name], signal.SIGKILL)
        assert eventually(lambda: services.check() == [name])
    assert eventually(lambda: not pids(used_by_wheel))


def test_starting_from_another_thread_is_refused(folder: Path) -> None:
    refusals: list[str] = []

    def start() -> None:
        try:
            EmbeddedServices(folder, postgres=False).__enter__()
        except RuntimeError as error:
            refusals.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(refusals) == 1
    assert "main" in refusals[0]


def test_a_failed_start_leaves_nothing_running_and_the_folder_free(folder: Path) -> None:
    here = Places.of_this_machine()
    with pytest.raises(EmbeddedError), EmbeddedServices(folder, places=Places((), here.valkey)):
        pass
    assert pids(folder) == []
    with EmbeddedServices(folder, postgres=False) as services:
        assert ping(services.valkey_url)


def test_a_file_in_place_of_the_data_folder_is_explained(folder: Path) -> None:
    (folder / "file").touch()
    with (
        pytest.raises(EmbeddedError, match=r"file cannot be used: .* choose another DATA_DIR"),
        EmbeddedServices(folder / "file", postgres=False),
    ):
        pass


@as_root
def test_without_root_the_servers_run_as_the_user_who_starts_them(
    folder: Path, launch: Launch
) -> None:
    os.chown(folder, 65534, 65534)
    launcher = launch(folder, "--as-uid", "65534")
    assert launcher.ready, launcher.said
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in leaders(folder).values()}
    assert owners == {65534}
    assert launcher.leave() == 0


@as_root
def test_a_folder_one_may_not_write_to_is_explained(folder: Path, launch: Launch) -> None:
    folder.chmod(0o755)
    launcher = launch(folder, "--as-uid", "65534")
    assert launcher.leave() == 3
    assert f"The data folder {folder} cannot be used" in launcher.said
    assert "choose another DATA_DIR" in launcher.said


def test_what_has_died_is_started_again_where_it_was(folder: Path, places: Places) -> None:
    with EmbeddedServices(folder, places=places) as services:
        postgres, valkey_url = services.postgres, services.valkey_url
        sql(postgres, "create table kept as select 7 as number")
        for pid in leaders(folder).values():
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: len(services.check()) == 2)

        def are_back() -> bool:
            services.revive()
            try:
                return sql(postgres, "select 6 * 7") == 42 and ping(valkey_url)
            except (OSError, asyncpg.PostgresError, valkey.ConnectionError):
                return False

        assert eventually(are_back)
        assert sql(postgres, "select number from kept") == 7
        assert (services.postgres, services.valkey_url) == (postgres, valkey_url)
    assert pids(folder) == []
