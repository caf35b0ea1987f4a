"""The data folder: its layout, its lock, its secrets, and who may enter.

lock                held by the one launcher at work here; holds its pid
services.json       where the servers listen, as long as they run (0600)
postgres.password   the superuser's password (0600)
postgres/ valkey/   what the servers keep, theirs alone (0700)
run/                Unix sockets, emptied at each start (0700, theirs)
log/                one log per server, and the one of the start before (0600)
programs/           copies of programs their user could not read where they are installed
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from lidarrmetadata.embedded.address import Addresses, PostgresAddress
from lidarrmetadata.embedded.process import POLL_SECONDS, run
from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.embedded.account import Account

FREE_BYTES = 64 * 2**20  # a new cluster takes 30 MB, copied programs 25
LOCK_SECONDS = 0.5  # `read_addresses` holds the lock for a moment
PROBE_SECONDS = 10.0
# Prints the first folder that cannot be entered. Asked as the user in question: modes alone say
# nothing about access lists, read-only roots or security modules.
FIND_CLOSED = 'for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done'


class DataFolder:
    """The folder everything is kept in, seen by a launcher whose servers run as `account`."""

    def __init__(self, root: Path | str, account: Account) -> None:
        # Resolved, as running servers are recognised by the folder the kernel says they are in.
        self.root = Path(root).resolve()
        self.account = account
        self.lock = self.root / "lock"
        self.services = self.root / "services.json"
        self.password = self.root / "postgres.password"
        self.postgres = self.root / "postgres"
        self.valkey = self.root / "valkey"
        self.run = self.root / "run"
        self.log = self.root / "log"
        self.programs = self.root / "programs"

    def prepare(self) -> None:
        """Make the folder if need be, and let the servers' user pass through it.

        Nothing outside is changed. Raises EmbeddedError if a folder above is closed to that user or
        the disk is full, and OSError if the folder cannot be made or written to.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        closed = self._first_closed_folder()
        if closed == self.root and not self.account.is_ours:
            self.root.chmod(stat.S_IMODE(self.root.stat().st_mode) | stat.S_IXOTH)
            closed = self._first_closed_folder()
        if closed is not None:
            raise EmbeddedError(
                f"The embedded servers run as {self.account.name}, who cannot enter {closed} and "
                f"so not the data folder {self.root}. Set DATA_DIR to a folder everybody can get "
                f"to, such as /var/lib/lidarr-metadata, or open {closed} with chmod o+x."
            )
        free = shutil.disk_usage(self.root).free
        if free < FREE_BYTES:
            raise EmbeddedError(
                f"The disk below the data folder {self.root} is full: {free // 2**20} MiB are free "
                f"and {FREE_BYTES // 2**20} are needed. Make room, or choose another DATA_DIR."
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; the kernel lets go of it however the process ends.

        Raises EmbeddedError if another launcher holds it.
        """
        lock = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _take(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    holder = os.pread(lock, 32, 0).decode().strip() or "unknown"
                    raise EmbeddedError(
                        f"The data folder {self.root} is in use by another launcher (pid "
                        f"{holder}). Stop that one, or choose another DATA_DIR for this one."
                    )
                time.sleep(POLL_SECONDS)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            try:
                yield
            finally:
                # Closing alone would not do it while a forked worker has the same file open.
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            os.close(lock)

    def clear_run(self) -> None:
        """Forget the run before this one: its addresses, its sockets and their lock files."""
        self.forget_addresses()
        if self.run.exists():
            shutil.rmtree(self.run)
        self.own(self.run)

    def own(self, folder: Path) -> None:
        """Make `folder` if need be, and the servers' alone: theirs all through, mode 0700."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if not self.account.is_ours and folder.stat().st_uid != self.account.uid:
            for parent, folders, files in os.walk(folder):
                for name in [*folders, *files]:
                    self.give(Path(parent, name))
            self.give(folder)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)

    def give(self, path: Path) -> None:
        """Make `path` itself, never what it links to, the servers' user's."""
        os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def open_log(self, name: str) -> IO[bytes]:
        """Start a new log for a server, keeping the one before it and no more."""
        self.log.mkdir(mode=0o700, exist_ok=True)
        path = self.log_path(name)
        with suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}.1"))
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", 0)

    def log_path(self, name: str) -> Path:
        """Return the path of a server's log."""
        return self.log / f"{name}.log"

    def write_private(self, path: Path, text: str) -> None:
        """Write a file only this process's user can read, whole or not at all."""
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        beside.replace(path)

    def publish(self, addresses: Addresses) -> None:
        """Tell other processes where the servers listen."""
        self.write_private(self.services, json.dumps(asdict(addresses)))

    def forget_addresses(self) -> None:
        """Take back what `publish` told."""
        self.services.unlink(missing_ok=True)

    def read_addresses(self) -> Addresses:
        """Return what the launcher at work here has published. Raises EmbeddedError if none is."""
        try:
            lock = os.open(self.lock, os.O_RDWR)
            try:
                text = None if _take(lock, fcntl.LOCK_SH) else self.services.read_text()
            finally:
                os.close(lock)
        except FileNotFoundError:
            text = None
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} belongs to another user, and so do the embedded servers of this "
                "data folder. Run this as the user who started the server."
            ) from error
        if text is None:
            raise EmbeddedError(
                f"No embedded servers run in the data folder {self.root}. Start the server first "
                "(lidarr-metadata serve), or set DATA_DIR to the folder it runs in."
            )
        read = json.loads(text)
        postgres = PostgresAddress(**read["postgres"]) if read["postgres"] else None
        return Addresses(postgres, read["valkey_url"])

    def _first_closed_folder(self) -> Path | None:
        path = [*reversed(self.root.parents), self.root]
        command: list[str | Path] = ["/bin/sh", "-c", FIND_CLOSED, "sh", *path]
        try:
            asked = run(command, self.account, timeout=PROBE_SECONDS)
        except PermissionError as error:
            raise EmbeddedError(
                f"The embedded servers must not run as root, and root may not become "
                f"{self.account.name} here: {error}. Give the container the capabilities SETUID, "
                "SETGID and CHOWN, or start it as an ordinary user."
            ) from error
        return Path(asked.stdout) if asked.returncode else None


def _take(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
