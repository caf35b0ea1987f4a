"""The servers that are measured, each a process of its own on a free port of this machine."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import BenchError
from bench.caches import Caches, caches
from lidarrmetadata.embedded.address import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.target import Target

CONTROL = "/__control"
"""Where the stand-in for outside services says what it was asked."""

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05
# What of the environment is not about settings of ours, which are to be the defaults.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Server:
    """A running server: its port, and its process."""

    port: int
    pid: int


@contextmanager
def product(
    target: Target, outside: Mapping[str, str] | None = None, kept: Caches | None = None
) -> Iterator[int]:
    """The port of the real server over a database: `lidarr-metadata serve`, one worker.

    It remembers no finished answers in itself. Documents, and what outside services say, it keeps
    in `kept`, else in caches of its own that are empty and removed afterwards. Without `outside`,
    settings that say where such services are, it asks none. Raises `BenchError`.
    """
    with ExitStack() as stack:
        kept = kept or stack.enter_context(caches())
        settings = {"MEMORY_CACHE_BYTES": "0", **(outside or {})}
        yield stack.enter_context(product_with(target, kept, settings)).port


@contextmanager
def product_with(target: Target, kept: Caches, settings: Mapping[str, str]) -> Iterator[Server]:
    """The real server with these settings besides; those of memory are its defaults otherwise.

    Raises `BenchError`.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-") as folder:
        environment = {
            "LIDARR_METADATA_CONFIG": "DEFAULT",
            "HOST": LOOPBACK,
            "PORT": str(port),
            "WORKERS": "1",
            "DATA_DIR": folder,
            "PROVIDERS": "musicbrainz_db",
            **settings,
            **kept.settings,
            **target.server_environment,
        }
        with _running(_python("lidarrmetadata", "serve"), environment, port) as pid:
            yield Server(port, pid)


@contextmanager
def internet(delay: float) -> Iterator[int]:
    """The port of a stand-in for all outside services, each answer `delay` seconds late.

    It refuses who asks more than the real ones allow. Raises `BenchError`.
    """
    port = free_port()
    options = ["--port", str(port), "--delay", str(delay), "--everything", "--limits"]
    with _running(_python("tests.internet", *options), {}, port, CONTROL):
        yield port


@contextmanager
def bare() -> Iterator[int]:
    """The port of a server that hands out ready bytes. Raises `BenchError`."""
    port = free_port()
    with _running(_python("bench.bare", str(port)), {}, port):
        yield port


@contextmanager
def bare_with(server: str, answers: Path) -> Iterator[Server]:
    """A server that hands out the answers of a file, see `bench.bare`. Raises `BenchError`."""
    port = free_port()
    with _running(_python("bench.bare", str(port), server, str(answers)), {}, port) as pid:
        yield Server(port, pid)


@contextmanager
def program(command: Sequence[str], port: int) -> Iterator[Server]:
    """Any other server, started so that it listens on this port. Raises `BenchError`."""
    with _running(command, {}, port) as pid:
        yield Server(port, pid)


def _python(*module: str) -> list[str]:
    return [sys.executable, "-m", *module]


@contextmanager
def _running(
    command: Sequence[str], settings: Mapping[str, str], port: int, path: str = "/"
) -> Iterator[int]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            if not _answers(process, port, path):
                log.seek(0)
                raise BenchError(f"{' '.join(command)} does not answer:\n{log.read().strip()}")
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_START_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except ConnectionError:
            time.sleep(_POLL_SECONDS)
        finally:
            connection.close()
    return False
