"""Work in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from bench import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")

_STATUS = Path("/proc/self/status")
_KB = 1024


@dataclass(frozen=True)
class Memory:
    """Bytes of a process: the most it ever had in memory, what it has now, how much is its own.

    The rest of what it has now are files that the system keeps in memory as long as nobody needs
    the room.
    """

    most: int
    now: int
    own: int

    @classmethod
    def of_this_process(cls) -> Memory:
        """That of whoever calls; Linux only."""
        lines = _STATUS.read_text(encoding="utf-8", errors="replace").splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        most, now, own = (
            int(fields[name].split()[0]) * _KB for name in ("VmHWM", "VmRSS", "RssAnon")
        )
        return cls(most, now, own)


def apart(function: Callable[..., T], *arguments: object) -> T:
    """What the function returns, called in a new process, which ends with it or with us.

    Raises what it raises, and `BenchError` if the process ends before its time.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(theirs, function, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        outcome = ours.recv()
    except EOFError:
        process.join()
        raise BenchError(
            f"the process for {function.__name__} has ended with {process.exitcode}"
        ) from None
    finally:
        process.terminate()
        process.join()
    if isinstance(outcome, Exception):
        raise outcome
    return cast("T", outcome)


def _call(answer: Connection, function: Callable[..., T], arguments: tuple[object, ...]) -> None:
    # Whoever is at the keyboard stops the benchmark, and that this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        answer.send(function(*arguments))
    except Exception as error:  # it is raised where somebody hears it
        answer.send(error)
