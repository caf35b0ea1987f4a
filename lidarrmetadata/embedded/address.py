"""Where the embedded servers listen, and who may come in."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
# sockaddr_un.sun_path less its closing NUL: unix(7) on Linux, sys/un.h on macOS.
SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103


@dataclass(frozen=True)
class PostgresAddress:
    """A PostgreSQL server: `host` is the folder of its Unix socket, or 127.0.0.1."""

    host: str
    port: int
    user: str
    password: str

    @property
    def is_socket(self) -> bool:
        """Whether the server is reached through a Unix socket."""
        return self.host.startswith("/")

    def dsn(self, database: str) -> str:
        """Return the URL of `database` on this server, as asyncpg and libpq understand it."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        name = quote(database, safe="")
        if self.is_socket:
            folder = quote(self.host, safe="")
            return f"postgresql://{login}@/{name}?host={folder}&port={self.port}"
        # Without the last word clients look for TLS keys in a home folder that may not be theirs.
        return f"postgresql://{login}@{self.host}:{self.port}/{name}?sslmode=disable"


@dataclass(frozen=True)
class ValkeyAddress:
    """A Valkey server: `path` is its Unix socket, or None and it listens on 127.0.0.1:`port`."""

    path: Path | None
    port: int
    password: str

    @property
    def url(self) -> str:
        """The server's URL, as valkey-py and redis-py understand it."""
        login = f":{quote(self.password, safe='')}"
        if self.path is not None:
            return f"unix://{login}@{quote(str(self.path))}"
        return f"redis://{login}@{LOOPBACK}:{self.port}/0"


@dataclass(frozen=True)
class Addresses:
    """What runs below a data folder. None: that server was not asked for, or cannot run here."""

    postgres: PostgresAddress | None
    valkey_url: str | None


def fits_socket(path: Path) -> bool:
    """Whether a Unix socket can be made at `path`: the kernel takes no longer names."""
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
