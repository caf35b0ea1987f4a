"""The embedded PostgreSQL: made once, tuned for a small machine, reached with a password only."""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import subprocess
import time
from signal import Signals
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.address import LOOPBACK, PostgresAddress, fits_socket, free_port
from lidarrmetadata.embedded.process import LOG_LINES, Server, run, spawn
from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lidarrmetadata.embedded.binaries import PostgresPrograms
    from lidarrmetadata.embedded.folder import DataFolder

log = logging.getLogger(__name__)

USER = "postgres"
SOCKET_PORT = 5432  # part of the socket's file name; no port is opened
SETUP_SECONDS = 300.0
PASSWORD_BYTES = 24
STATUS_LINE = (
    7  # of postmaster.pid, counted from 0: LOCK_FILE_LINE_PM_STATUS in miscadmin.h, less one
)

SETTINGS = {
    "max_connections": "60",
    "shared_buffers": "64MB",
    "effective_cache_size": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "256MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    # Nobody replicates from us: less is written to an SD card.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Its first query per connection costs a second on this schema.
    "jit": "off",
    "fsync": "on",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # The log lives as long as the server, so nothing a client does may fill it: start, stop, crash,
    # refused log-ins. Errors of statements are the client's to report.
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}


def made_by(data: DataFolder) -> int | None:
    """Return the major version that made the cluster in the data folder, None if there is none yet.

    Raises EmbeddedError if something else is in its place.
    """
    try:
        return int((data.postgres / "PG_VERSION").read_text())
    except (FileNotFoundError, ValueError) as error:
        if isinstance(error, ValueError) or (
            data.postgres.exists() and any(data.postgres.iterdir())
        ):
            raise EmbeddedError(
                f"{data.postgres} holds something that is no PostgreSQL cluster, or a damaged one. "
                "Restore it from a backup, or move it away to start with an empty one."
            ) from error
        return None


def choose_address(data: DataFolder, password: str) -> PostgresAddress:
    """Return where to listen: a socket if its path is short enough, else 127.0.0.1."""
    # A comma in a host means several hosts to every client.
    if fits_socket(data.run / f".s.PGSQL.{SOCKET_PORT}") and "," not in str(data.run):
        return PostgresAddress(str(data.run), SOCKET_PORT, USER, password)
    return PostgresAddress(LOOPBACK, free_port(), USER, password)


def prepare_cluster(data: DataFolder, programs: PostgresPrograms) -> str:
    """Make the cluster if there is none, else mend what a crash left; return its password.

    No server may be at work in it. Raises EmbeddedError if it cannot be made.
    """
    password = data.password.read_text() if data.password.exists() else None
    if made_by(data) is None:
        password = password or secrets.token_urlsafe(PASSWORD_BYTES)
        data.write_private(data.password, password)
        _initialise(data, programs, password)
        return password
    data.own(data.postgres)
    # It names the process of an earlier run; that number may be anybody's now.
    (data.postgres / "postmaster.pid").unlink(missing_ok=True)
    if password is None:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        _change_password(data, programs, password)
        data.write_private(data.password, password)
    return password


def start(data: DataFolder, programs: PostgresPrograms, address: PostgresAddress) -> Server:
    """Start the server on a cluster that is prepared; `Server.wait_ready` says when it answers."""
    folder = address.host.replace('"', '""')
    listening = {
        "port": str(address.port),
        "listen_addresses": "" if address.is_socket else address.host,
        "unix_socket_directories": f'"{folder}"' if address.is_socket else "",
        "unix_socket_permissions": "0700",
    }
    options = [f"--{name}={value}" for name, value in (SETTINGS | listening).items()]
    with data.open_log("postgres") as output:
        process = spawn(
            [programs.postgres, "-D", data.postgres, *options],
            data.account,
            output=output,
            death_signal=Signals.SIGINT,
        )
    return Server(
        name="postgres",
        process=process,
        log=data.log_path("postgres"),
        ready=lambda: _says_ready(data.postgres / "postmaster.pid", process.pid),
        ask=Signals.SIGINT,  # fast: roll back, disconnect, checkpoint
        insist=Signals.SIGQUIT,  # at once: the next start replays the log
    )


def _initialise(data: DataFolder, programs: PostgresPrograms, password: str) -> None:
    started = time.monotonic()
    for left in data.root.glob("postgres.new-*"):
        shutil.rmtree(left)
    # Made beside and renamed, so that a cluster is whole or not there.
    beside = data.root / f"postgres.new-{os.getpid()}"
    data.own(beside)
    secret = data.run / "initdb.password"
    data.write_private(secret, password)
    data.give(secret)
    try:
        _set_up(
            data,
            [
                programs.initdb,
                f"--pgdata={beside}",
                f"--username={USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--locale=C",
                "--encoding=UTF8",
                "--wal-segsize=4",  # MB instead of 16: a third less to write on an SD card
                # A power cut within the first half minute costs a cluster with nothing in it yet.
                "--no-sync",
                "--no-instructions",
            ],
        )
    finally:
        secret.unlink()
    beside.rename(data.postgres)
    log.info(
        "embedded server=postgres state=initialised version=%s seconds=%.2f",
        programs.version,
        time.monotonic() - started,
    )


def _change_password(data: DataFolder, programs: PostgresPrograms, password: str) -> None:
    _set_up(
        data,
        [programs.postgres, "--single", "-D", data.postgres, "postgres"],
        stdin=f"ALTER ROLE {USER} PASSWORD '{password}'\n",
    )
    log.warning(
        'embedded server=postgres state=password-renewed reason="%s was missing"', data.password
    )


def _set_up(data: DataFolder, command: Sequence[str | Path], stdin: str = "") -> None:
    _require_user_name(data)
    try:
        done = run(command, data.account, timeout=SETUP_SECONDS, stdin=stdin)
    except subprocess.TimeoutExpired as error:
        raise EmbeddedError(
            f"{command[0]} took longer than {SETUP_SECONDS:.0f} seconds. The disk below "
            f"{data.root} is too slow or hangs: choose another DATA_DIR."
        ) from error
    if done.returncode:
        lines = "\n".join(done.stdout.splitlines()[-LOG_LINES:])
        raise EmbeddedError(
            f"The embedded postgres server cannot be set up in {data.root}. Mend what "
            f"{command[0]} says and start again:\n{lines}"
        )


def _require_user_name(data: DataFolder) -> None:
    try:
        pwd.getpwuid(data.account.uid)
    except KeyError as error:
        raise EmbeddedError(
            "PostgreSQL needs a name for the user it runs as, and number "
            f"{data.account.uid} has none. Add it to /etc/passwd, or start this program (the "
            "container) as root or as a user with a name."
        ) from error


def _says_ready(status: Path, pid: int) -> bool:
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        return False
    # The file is rewritten in place: its first line must be this server's before the others count.
    return (
        len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == "ready"
    )
