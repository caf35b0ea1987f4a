from __future__ import annotations

import ctypes
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.embedded import EmbeddedServices, attach
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import LAUNCHER, Launcher, as_root, on_linux, ping

if TYPE_CHECKING:
    from pathlib import Path

Launch = Callable[..., Launcher]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def state(path: Path) -> tuple[int, int, int]:
    info = path.stat()
    return info.st_mode, info.st_uid, info.st_gid


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    libc = ctypes.CDLL(None)  # the programs mount and umount are not on every machine
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=20m,mode=755"):
        pytest.skip("may not mount here")
    yield folder
    assert libc.umount(os.fsencode(folder)) == 0


def test_a_second_launcher_is_told_the_folder_and_who_holds_it(
    folder: Path, launch: Launch
) -> None:
    launcher = launch(folder, "--no-postgres")
    with pytest.raises(EmbeddedError) as refusal, EmbeddedServices(folder, postgres=False):
        pass
    assert str(folder) in str(refusal.value)
    assert f"pid {launcher.process.pid}" in str(refusal.value)
    assert ping(launcher.addresses.valkey_url)


@on_linux
def test_the_lock_of_a_killed_launcher_is_free(folder: Path, launch: Launch) -> None:
    killed = launch(folder, "--no-postgres")
    killed.kill()
    assert (folder / "lock").read_text().strip() == str(killed.process.pid)
    assert launch(folder, "--no-postgres").ready


def test_asking_for_the_addresses_does_not_keep_a_launcher_out(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(EmbeddedError):
            attach(folder)
        with EmbeddedServices(folder, postgres=False):
            assert attach(folder).valkey_url


def test_secrets_are_readable_by_their_owner_only(used_by_wheel: Path) -> None:
    with EmbeddedServices(used_by_wheel):
        for name in ("services.json", "postgres.password", "log/postgres.log", "log/valkey.log"):
            assert mode(used_by_wheel / name) == 0o600
        for name in ("run", "postgres", "valkey", "log"):
            assert mode(used_by_wheel / name) == 0o700


def test_no_password_shows_in_the_list_of_processes(used_by_wheel: Path) -> None:
    with EmbeddedServices(used_by_wheel) as services:
        shown = subprocess.run(["ps", "-axww"], capture_output=True, text=True, check=True).stdout
        assert services.postgres is not None
        assert services.valkey_url is not None
        assert str(used_by_wheel) in shown
        assert services.postgres.password not in shown
        assert services.valkey_url.split("@")[0].rpartition(":")[2] not in shown


def test_a_start_keeps_one_older_log(folder: Path) -> None:
    for _ in range(3):
        with EmbeddedServices(folder, postgres=False):
            pass
    assert sorted(path.name for path in (folder / "log").iterdir()) == [
        "valkey.log",
        "valkey.log.1",
    ]


@as_root
def test_a_folder_only_root_may_enter_is_opened_and_nothing_above_it(folder: Path) -> None:
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    before = state(folder), state(folder.parent)
    with EmbeddedServices(data, postgres=False) as services:
        assert ping(services.valkey_url)
    assert mode(data) == 0o701
    assert (state(folder), state(folder.parent)) == before


@as_root
def test_a_closed_folder_above_is_named_and_left_alone(folder: Path) -> None:
    before = state(folder)
    data = folder / "open" / "data"
    with pytest.raises(EmbeddedError) as refusal, EmbeddedServices(data, postgres=False):
        pass
    assert f"cannot enter {folder} " in str(refusal.value)
    assert "Set DATA_DIR to" in str(refusal.value)
    assert state(folder) == before


@as_root
@on_linux
def test_root_without_the_right_to_change_users_is_told_so(folder: Path) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv to give rights up")
    weak = ["setpriv", "--bounding-set", "-setuid,-setgid", "--inh-caps", "-setuid,-setgid"]
    done = subprocess.run(
        [*weak, sys.executable, LAUNCHER, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "root may not become" in done.stdout
    assert "SETUID" in done.stdout


@as_root
def test_data_another_user_left_is_handed_over(used_by_wheel: Path) -> None:
    for parent, folders, files in os.walk(used_by_wheel / "postgres"):
        for path in (parent, *(f"{parent}/{name}" for name in (*folders, *files))):
            os.chown(path, 12345, 12345)
    with EmbeddedServices(used_by_wheel, valkey=False) as services:
        assert services.check() == []


def test_a_full_disk_is_called_so(small_disk: Path) -> None:
    with (
        pytest.raises(EmbeddedError, match=r"is full: \d+ MiB are free .* Make room"),
        EmbeddedServices(small_disk),
    ):
        pass
