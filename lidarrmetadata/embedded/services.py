"""PostgreSQL and Valkey as one: started and stopped together, found by other processes."""

from __future__ import annotations

import errno
import logging
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

from lidarrmetadata.embedded import postgres as postgres_server
from lidarrmetadata.embedded import valkey as valkey_server
from lidarrmetadata.embedded.account import current_account, service_account
from lidarrmetadata.embedded.address import Addresses, PostgresAddress
from lidarrmetadata.embedded.binaries import Places, find_postgres, find_valkey
from lidarrmetadata.embedded.folder import DataFolder
from lidarrmetadata.embedded.orphans import stop_orphans
from lidarrmetadata.embedded.process import Server, no_interrupts, stop_all
from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

log = logging.getLogger(__name__)

REVIVAL_SECONDS = 3.0  # between two tries to start what has died

NOWHERE = Addresses(postgres=None, valkey_url=None)


class EmbeddedServices:
    """The servers of one data folder, running while its `with` block does.

    Entered from the main thread, before an event loop runs: it takes about a second the first time
    and a fraction of that later. Entering raises EmbeddedError, whose message names cause and cure,
    and leaves nothing running. `places` says where to look for programs; by default the installed
    wheels, then the system's.
    """

    def __init__(
        self,
        data_dir: Path | str,
        postgres: bool = True,
        valkey: bool = True,
        places: Places | None = None,
    ) -> None:
        self._data = DataFolder(data_dir, service_account())
        self._wants_postgres = postgres
        self._wants_valkey = valkey
        self._places = places
        self._servers: list[Server] = []
        self._starts: list[Callable[[], Server]] = []  # of the servers, in their order
        self._addresses = NOWHERE
        self._cleanup = ExitStack()
        self._revived = float("-inf")

    def __enter__(self) -> Self:
        """Start the servers and wait until they answer."""
        started = time.monotonic()
        with _explained(self._data), ExitStack() as stack:
            self._data.prepare()
            stack.enter_context(self._data.locked())
            stop_orphans(self._data.root)
            self._data.clear_run()
            stack.callback(self._forget)
            self._start(stack)
            self._cleanup = stack.pop_all()
        log.info("embedded state=ready seconds=%.2f", time.monotonic() - started)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the servers, whatever the reason, and let go of the data folder."""
        self._cleanup.close()

    @property
    def postgres(self) -> PostgresAddress | None:
        """Where PostgreSQL listens; None if it was not asked for."""
        return self._addresses.postgres

    @property
    def valkey_url(self) -> str | None:
        """The URL of Valkey; None if it was not asked for, or is not installed."""
        return self._addresses.valkey_url

    def check(self) -> list[str]:
        """Return the names of the servers that have died: "postgres", "valkey"."""
        return [server.name for server in self._servers if not server.is_alive]

    def revive(self) -> None:
        """Start the servers that have died once more, where they were, and return at once.

        To be called every second or so from the main thread; one that dies again and again is left
        alone for a few seconds each time. PostgreSQL makes sure itself that nothing of it still
        runs. Never raises: what is wrong is logged.
        """
        dead = [number for number, server in enumerate(self._servers) if not server.is_alive]
        if not dead or time.monotonic() - self._revived < REVIVAL_SECONDS:
            return
        self._revived = time.monotonic()
        for number in dead:
            server = self._servers[number]
            log.error(
                "embedded server=%s state=died code=%d log=%s",
                server.name,
                server.process.returncode,
                server.log,
            )
            try:
                with no_interrupts():
                    self._servers[number] = self._starts[number]()
            except OSError as error:
                log.error("embedded server=%s state=not-started cause=%r", server.name, str(error))
            else:
                log.info(
                    "embedded server=%s state=restarted pid=%d",
                    server.name,
                    self._servers[number].process.pid,
                )

    def _start(self, stack: ExitStack) -> None:
        """Start both, then wait for both: Valkey is up before PostgreSQL's cluster is made."""
        places = self._places or Places.of_this_machine()
        stack.callback(stop_all, self._servers)
        postgres = valkey_url = None
        if self._wants_valkey and (program := find_valkey(places, self._data)):
            valkey = valkey_server.choose_address(self._data)
            valkey_url = valkey.url
            self._begin(lambda: valkey_server.start(self._data, program, valkey))
        if self._wants_postgres:
            programs = find_postgres(places, self._data, postgres_server.made_by(self._data))
            password = postgres_server.prepare_cluster(self._data, programs)
            postgres = postgres_server.choose_address(self._data, password)
            self._begin(lambda: postgres_server.start(self._data, programs, postgres))
        for server in self._servers:
            server.wait_ready()
            log.info("embedded server=%s state=ready pid=%d", server.name, server.process.pid)
        self._addresses = Addresses(postgres, valkey_url)
        self._data.publish(self._addresses)
        stack.callback(self._data.forget_addresses)

    def _begin(self, start: Callable[[], Server]) -> None:
        with no_interrupts():
            self._servers.append(start())
            self._starts.append(start)

    def _forget(self) -> None:
        self._servers = []
        self._starts = []
        self._addresses = NOWHERE


def attach(data_dir: Path | str) -> Addresses:
    """Return where the servers of a data folder listen that another process runs.

    Raises EmbeddedError if none runs, or they belong to another user.
    """
    return DataFolder(data_dir, current_account()).read_addresses()


@contextmanager
def _explained(data: DataFolder) -> Iterator[None]:
    """Turn what the operating system refuses into a message with a cure."""
    try:
        yield
    except (OSError, subprocess.TimeoutExpired) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            cure = "Make room on that disk"
        else:
            cure = f"Make sure that {current_account().name} may write to it"
        raise EmbeddedError(
            f"The data folder {data.root} cannot be used: {error}. {cure}, or choose another "
            "DATA_DIR."
        ) from error
