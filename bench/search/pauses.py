"""How long an event loop stands still: what it was to do by then comes so much later."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK = 0.001  # seconds


class Pauses:
    """The longest time, in milliseconds, by which a tick came later than asked for.

    `work` is the most that the loop itself has computed between two ticks. The rest of a pause is
    waiting: for the interpreter's lock, or for a processor that others have.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.work = 0.0

    async def watch(self) -> None:
        """Tick until cancelled."""
        while True:
            started, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_TICK)
            late = time.perf_counter() - started - _TICK
            self.longest = max(self.longest, late * 1000)
            self.work = max(self.work, (time.thread_time() - worked) * 1000)


@contextmanager
def watched() -> Iterator[Pauses]:
    """Pauses of the running loop, for as long as the `with` block takes.

    The last of them counts once the block has let the loop go round, as any `await` does.
    """
    pauses = Pauses()
    task = asyncio.get_running_loop().create_task(pauses.watch())
    try:
        yield pauses
    finally:
        task.cancel()


async def idle(seconds: float) -> float:
    """The longest pause of a loop that has nothing to do: what the machine makes of it."""
    with watched() as pauses:
        await asyncio.sleep(seconds)
    return pauses.longest
