"""The embedded Valkey: a cache in memory and nothing else, as PostgreSQL keeps what must last."""

from __future__ import annotations

import os
import secrets
import socket
from signal import Signals
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.address import LOOPBACK, ValkeyAddress, fits_socket, free_port
from lidarrmetadata.embedded.process import Server, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from lidarrmetadata.embedded.folder import DataFolder

PASSWORD_BYTES = 24
SOCKET_NAME = "valkey.sock"
MEMORY_SHARE = 8  # an eighth of the machine's memory
MOST_MEMORY = 512 * 2**20
LEAST_MEMORY = 64 * 2**20
ANSWER_SECONDS = 1.0


def choose_address(data: DataFolder) -> ValkeyAddress:
    """Return where the server shall listen, with a new password: nothing of a run outlives it."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    path = data.run / SOCKET_NAME
    return (
        ValkeyAddress(path, 0, password)
        if fits_socket(path)
        else ValkeyAddress(None, free_port(), password)
    )


def start(data: DataFolder, program: Path, address: ValkeyAddress) -> Server:
    """Start the server; `Server.wait_ready` says when it answers. Raises OSError."""
    data.own(data.valkey)
    with data.open_log("valkey") as output:
        process = spawn(
            command(program, address),
            data.account,
            output=output,
            death_signal=Signals.SIGTERM,
            stdin=_settings(data, address),
        )
    return Server(
        name="valkey",
        process=process,
        log=data.log_path("valkey"),
        ready=lambda: _answers(address),
        ask=Signals.SIGTERM,
        insist=Signals.SIGKILL,
    )


def command(program: Path, address: ValkeyAddress) -> list[str | Path]:
    """Return what starts the server; its settings come in through the pipe.

    In the command everybody could read the password. Two settings stand there all the same, for
    the server whose launcher dies before the pipe is written: without the one it would listen to
    the world, without the other not end when told to, since it could not save.
    """
    return [program, "-", "--port", str(address.port), "--save", ""]


def _settings(data: DataFolder, address: ValkeyAddress) -> bytes:
    listening: dict[str, str | Path] = (
        {"bind": LOOPBACK}
        if address.path is None
        else {"unixsocket": address.path, "unixsocketperm": "700"}
    )
    settings = listening | {
        "dir": data.valkey,
        "requirepass": address.password,
        "maxmemory": str(_memory()),
        "maxmemory-policy": "allkeys-lfu",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return b"".join(
        name.encode() + b" " + _quoted(os.fsencode(value)) + b"\n"
        for name, value in settings.items()
    )


def _quoted(value: bytes) -> bytes:
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _memory() -> int:
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(LEAST_MEMORY, min(MOST_MEMORY, installed // MEMORY_SHARE))


def _answers(address: ValkeyAddress) -> bool:
    wanted = b"+OK\r\n+PONG\r\n"
    family = socket.AF_INET if address.path is None else socket.AF_UNIX
    with socket.socket(family) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            if address.path is None:
                connection.connect((LOOPBACK, address.port))
            else:
                connection.connect(os.fsencode(address.path))
            connection.sendall(f"AUTH {address.password}\r\nPING\r\n".encode())
            answer = b""
            while len(answer) < len(wanted) and (more := connection.recv(len(wanted))):
                answer += more
        except OSError:
            return False
    return answer == wanted
