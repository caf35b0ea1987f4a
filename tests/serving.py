"""The whole server as people run it: `lidarr-metadata serve` in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROGRAM = Path(sys.executable).with_name("lidarr-metadata")
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Answer:
    """What came over the wire."""

    status: int
    headers: dict[str, str]  # by lower-case name
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Serving:
    """`lidarr-metadata serve` in a session of its own, as on a terminal of its own."""

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        command: Sequence[str | Path] = (PROGRAM, "serve"),
        port: int = 0,
        **settings: str,
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        environ = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(self.port)}
        # Nobody on the internet is to be asked by tests.
        environ["PROVIDERS"] = "musicbrainz_db"
        self._output = os.memfd_create("log")
        self.process = subprocess.Popen(
            [*command, *options],
            env={**environ, "DATA_DIR": str(data_dir), **settings},
            cwd=data_dir,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def log(self) -> str:
        # Not read through the file: its position is the server's too.
        return os.pread(self._output, 1 << 20, 0).decode()

    def ready(self) -> Serving:
        """Wait for the first answer."""
        assert until(lambda: self.process.poll() is not None or self._answers()), self.log
        assert self.process.poll() is None, self.log
        return self

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines]
        return self.send("\r\n".join([*head, "", ""]).encode())

    def send(self, request: bytes) -> Answer:
        """The answer to exactly these bytes; one after which the server hangs up."""
        with self.connect() as connection:
            connection.sendall(request)
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return Answer(int(first.split()[1]), headers, body)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def listens(self) -> bool:
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return False
        return True

    def family(self) -> set[tuple[int, str]]:
        """The server and all processes below it."""
        everybody = dict(_processes())
        family = {self.process.pid}
        for _ in everybody:
            family |= {pid for pid, (parent, _) in everybody.items() if parent in family}
        return {(pid, everybody[pid][1]) for pid in family if pid in everybody}

    def interrupt(self) -> int:
        """Press Ctrl-C: everybody in the terminal's foreground group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        os.close(self._output)

    def _answers(self) -> bool:
        try:
            return self.get("/").status == 200
        except OSError:
            return False


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder the database's own user can get to, which pytest's may not be."""
    folder = new_folder().resolve()
    try:
        yield folder
    finally:
        assert until(lambda: not at_work_in(folder)), at_work_in(folder)
        shutil.rmtree(folder)


@contextmanager
def serving(data_dir: Path, *options: str, **settings: Any) -> Iterator[Serving]:
    """A server that is stopped at the end, the hard way if need be."""
    server = Serving(data_dir, *options, **settings)
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(family: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the processes that are still there."""
    now = {(pid, started) for pid, (_, started) in _processes()}
    return family & now


def at_work_in(folder: Path) -> list[str]:
    """Command lines of all processes that mention the folder or are in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in command or (entry / "cwd").readlink().is_relative_to(folder):
                found.append(command)
        except OSError:  # it ended meanwhile
            continue
    return found


def _processes() -> Iterator[tuple[int, tuple[int, str]]]:
    """Pid, parent and start of every process that is not dead already."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # proc(5): pid (name) state ppid … start; the name may hold anything.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if fields[0] != "Z":
                yield int(entry.name), (int(fields[1]), fields[19])
