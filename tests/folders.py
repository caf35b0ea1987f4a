"""Folders for the data of servers that tests start."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

# Not pytest's tmp_path: the servers' own user may not pass the folders above it.
DISK = Path("/tmp")  # noqa: S108 - names below it are made by mkdtemp
MEMORY = Path("/dev/shm")  # noqa: S108 - likewise
ROOM = 4 << 30  # bytes; what lies there at a time is a fraction of it


def new_folder() -> Path:
    """A new folder, below which a server's own user gets too.

    In memory where that has room: databases are made and dropped there in a tenth of the time.
    To what tests do to servers it makes no difference, as none takes the power away.
    """
    return Path(tempfile.mkdtemp(prefix="lidarrmetadata-", dir=_place()))


@cache
def _place() -> Path:
    try:
        memory = os.statvfs(MEMORY)
    except OSError:
        return DISK
    has_room = memory.f_bavail * memory.f_frsize >= ROOM
    # A server's programs are copied below its folder where its user cannot get at them.
    runs_programs = not memory.f_flag & os.ST_NOEXEC
    return MEMORY if has_room and runs_programs else DISK
