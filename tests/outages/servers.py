"""Servers that may be killed or frozen, and come back at the address they had."""

from __future__ import annotations

import os
import random
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lidarrmetadata.embedded import postgres as postgres_server
from lidarrmetadata.embedded.account import service_account
from lidarrmetadata.embedded.address import LOOPBACK, PostgresAddress
from lidarrmetadata.embedded.binaries import Places, find_postgres
from lidarrmetadata.embedded.folder import DataFolder
from tests.resilience.test_limit_redis import Valkey
from tests.serving import until

if TYPE_CHECKING:
    from collections.abc import Iterable

# Below the ports that Linux picks for outgoing connections: nobody takes one from a dead server.
_PORTS = range(15_000, 30_000)


class Breakable(Protocol):
    """A server that things happen to."""

    def kill(self) -> None:
        """End it on the spot (SIGKILL)."""

    def start(self) -> None:
        """Start it again, and return when it answers."""

    def freeze(self) -> None:
        """Let its processes do nothing (SIGSTOP)."""

    def thaw(self) -> None:
        """Let them go on (SIGCONT)."""


class Redis(Valkey):
    """A Redis."""

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def is_alive(self) -> bool:
        return self.server.is_alive


class Postgres:
    """A PostgreSQL, with a process for each connection."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder, service_account())
        self.data.prepare()
        self.data.clear_run()
        self._programs = find_postgres(Places.of_this_machine(), self.data, None)
        password = postgres_server.prepare_cluster(self.data, self._programs)
        self.address = PostgresAddress(LOOPBACK, _steady_port(), postgres_server.USER, password)
        self.start()

    def start(self) -> None:
        postgres_server.prepare_cluster(self.data, self._programs)
        self.server = postgres_server.start(self.data, self._programs, self.address)
        self.server.wait_ready()

    def kill(self) -> None:
        processes = self._frozen()
        for pid in processes:
            _send(pid, signal.SIGKILL)
        self.server.process.wait()
        assert until(lambda: not _alive(processes)), "what is left of it keeps its memory"

    def freeze(self) -> None:
        self._frozen()

    def thaw(self) -> None:
        for pid in self._children():
            _send(pid, signal.SIGCONT)
        _send(self.server.process.pid, signal.SIGCONT)

    def is_alive(self) -> bool:
        return self.server.is_alive

    def _frozen(self) -> list[int]:
        """All its processes, of which there will be no more."""
        postmaster = self.server.process.pid
        _send(postmaster, signal.SIGSTOP)
        assert until(lambda: _state(postmaster) == "T")
        children = self._children()
        for pid in children:
            _send(pid, signal.SIGSTOP)
        return [postmaster, *children]

    def _children(self) -> list[int]:
        """Processes of connections and those that work in the background."""
        postmaster = self.server.process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        return [int(pid) for pid in children.split()]


def _alive(processes: Iterable[int]) -> list[int]:
    return [pid for pid in processes if _state(pid) not in ("", "Z", "X")]


def _state(pid: int) -> str:
    """The letter of proc(5); "" for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # a connection that has just ended
        return


def _steady_port() -> int:
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise AssertionError("every port is taken")
