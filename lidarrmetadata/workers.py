"""Processes that serve one socket together: replaced when one dies, stopped all at once.

Hypercorn has such a supervisor too, but it ends the whole server when one process dies, cuts off
running requests when it stops, and leaves its processes behind when it is killed itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, NoReturn, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnContext
    from multiprocessing.process import BaseProcess

log = logging.getLogger(__name__)

A = TypeVarTuple("A")

# Seconds. A worker that fails younger has not got going, and would not the next time either. One
# that is killed is another matter: that came from outside.
_YOUNG = 5.0


TEND_SECONDS = 1.0
"""Between two looks after what else the workers need."""


def supervise(
    count: int, work: Callable[[*A], None], arguments: tuple[*A], tend: Callable[[], None]
) -> NoReturn:
    """Keep `count` processes at `work` until interrupted, and call `tend` every second.

    `work` is to end in peace at SIGTERM. Raises `KeyboardInterrupt`, which is how this process is
    told to stop, or `ChildProcessError` when a worker cannot get going; `stop_workers` is next
    then. Workers stop by themselves when this process is killed.
    """
    context = multiprocessing.get_context("spawn")
    # Python's own helper process; its start would undo what `_started` blocks.
    resource_tracker.ensure_running()
    started: dict[BaseProcess, float] = {}
    while True:
        while len(started) < count:
            started[_started(context, work, arguments)] = time.monotonic()
        wait([process.sentinel for process in started], TEND_SECONDS)
        tend()
        for process in [process for process in started if not process.is_alive()]:
            age = time.monotonic() - started.pop(process)
            code = process.exitcode or 0  # below 0 the number of a signal
            log.error("event=worker_died pid=%d code=%d", process.pid, code)
            if code >= 0 and age < _YOUNG:
                raise ChildProcessError(
                    "a worker ended as soon as it was started: its log says why"
                )


def stop_workers(grace: float) -> None:
    """Stop all workers, side by side; kill what is still there after `grace` seconds."""
    processes = multiprocessing.active_children()
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            log.warning("event=worker_killed pid=%d", process.pid)
            process.kill()
            process.join()


def _started(
    context: SpawnContext, work: Callable[[*A], None], arguments: tuple[*A]
) -> BaseProcess:
    process = context.Process(target=_follow, args=(work, arguments), daemon=True)
    # A terminal sends Ctrl-C to workers too, but they are stopped by this process alone. They
    # inherit what is blocked; here it is only put off.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return process


def _follow(work: Callable[[*A], None], arguments: tuple[*A]) -> None:
    """Work in a process of its own, and stop when the one that started it is gone."""
    threading.Thread(target=_stop_after_parent, daemon=True).start()
    work(*arguments)


def _stop_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
