"""What a server takes of the machine: all its processes together, as Linux counts them."""

from __future__ import annotations

import os
from pathlib import Path

from bench import BenchError

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/<pid>/stat after the name (proc(5)), counted from the state.
_PARENT, _USER, _SYSTEM, _RESIDENT = 1, 11, 12, 21


def family(pid: int) -> list[int]:
    """The process and all that descend from it. Raises `BenchError` if it is not there."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        if stat := _stat(int(folder.name)):
            children.setdefault(int(stat[_PARENT]), []).append(int(folder.name))
    if not _stat(pid):
        raise BenchError(f"the server, process {pid}, has ended")
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def processor_seconds(pid: int) -> float:
    """Seconds of a processor a process and its descendants have taken so far, system included."""
    stats = (_stat(member) for member in family(pid))
    return sum(int(stat[_USER]) + int(stat[_SYSTEM]) for stat in stats if stat) / _TICKS


def resident_bytes(pid: int) -> int:
    """Bytes of memory they have in use now; what several share counts for each."""
    stats = (_stat(member) for member in family(pid))
    return sum(int(stat[_RESIDENT]) for stat in stats if stat) * _PAGE


def _stat(pid: int) -> list[str]:
    """The fields from the state on; none if the process has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name before it may hold anything
