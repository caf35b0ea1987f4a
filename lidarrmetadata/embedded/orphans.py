"""Find and stop servers that outlived the launcher that started them.

Pid files are not asked: they go stale, and the number in one may belong to anybody by now. A
process is ours if it runs a server program and works in our data folder.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.process import KILL_SECONDS, POLL_SECONDS, STOP_SECONDS
from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

# Debian's redis-server and valkey-server are links to redis-check-rdb and valkey-check-rdb.
PROGRAMS = ("postgres", "initdb", "valkey-", "redis-")


@dataclass(frozen=True)
class Found:
    """A process that runs one of our servers."""

    pid: int
    parent: int


def stop_orphans(root: Path) -> None:
    """End every server process still at work below the data folder `root`.

    Raises EmbeddedError if one cannot be ended.
    """
    # A backend without its postmaster takes SIGINT for "cancel the query", then sees it is alone.
    for signal, seconds in (
        (SIGINT, STOP_SECONDS),
        (SIGQUIT, KILL_SECONDS),
        (SIGKILL, KILL_SECONDS),
    ):
        found = list(servers_below(root))
        family = {process.pid for process in found}
        for process in found:
            if process.parent in family and signal is SIGINT:
                continue
            log.info("embedded orphan=%d signal=%s", process.pid, signal.name)
            _signal(process.pid, signal)
        if _gone_within(root, seconds):
            return
    pids = ", ".join(str(process.pid) for process in servers_below(root))
    raise EmbeddedError(
        f"Servers of an earlier run are still at work in {root} and cannot be ended (pid {pids}). "
        "End them by hand and start again."
    )


def servers_below(root: Path) -> Iterator[Found]:
    """Return the server processes at work in a folder directly below `root`, and no deeper."""
    return _from_proc(root) if sys.platform == "linux" else _from_ps(root)


def _from_proc(root: Path) -> Iterator[Found]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            program = (entry / "exe").readlink().name
            folder = (entry / "cwd").readlink()
            if program.startswith(PROGRAMS) and folder.parent == root:
                # proc(5): pid (name) state ppid …; the name may hold anything, brackets too.
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                yield Found(int(entry.name), int(parent))
        except OSError:  # it ended while we looked, or belongs to somebody else
            continue


def _from_ps(root: Path) -> Iterator[Found]:
    command = ["/bin/ps", "-axww", "-o", "pid=", "-o", "ppid=", "-o", "command="]
    listing = subprocess.run(  # noqa: S603 - no shell, and the command is fixed
        command, capture_output=True, text=True, check=True
    )
    signs = (f"{root}/postgres", f"{root}/run/")
    for line in listing.stdout.splitlines():
        pid, parent, shown = line.split(None, 2)
        # Both servers show their folder in their command: one as -D, the other as its socket.
        if Path(shown.split()[0]).name.startswith(PROGRAMS) and any(
            sign in shown for sign in signs
        ):
            yield Found(int(pid), int(parent))


def _signal(pid: int, signal: int) -> None:
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return


def _gone_within(root: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(servers_below(root)):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
