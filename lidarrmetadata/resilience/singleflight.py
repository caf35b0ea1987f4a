"""One flight per key: who asks for what is being worked on already waits for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

Tell = Callable[[T], None]
"""Gives everybody who waits the result. May be called once, and work may go on afterwards."""


class SingleFlight(Generic[K, T]):
    """Work under way, by key. It goes on when nobody waits for it any more."""

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Future[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: object) -> bool:
        return key in self._flights

    def join(self, key: K, work: Callable[[Tell[T]], Awaitable[None]]) -> asyncio.Future[T]:
        """The result of the flight of this key, which `work` is begun for if there is none.

        `work` tells the result as soon as there is one; the flight lasts until it returns. What it
        raises before that is what everybody gets. Cancelling what is returned cancels nothing else.
        """
        future = self._flights.get(key)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(_looked_at)
            self._flights[key] = future
            task = asyncio.create_task(_work(work, future))
            self._tasks.add(task)
            task.add_done_callback(partial(self._land, key, future))
        result = asyncio.shield(future)
        result.add_done_callback(_looked_at)
        return result

    def leave(self, key: K) -> None:
        """Whoever asks for this from now on begins anew; who waits gets what they wait for."""
        self._flights.pop(key, None)

    async def close(self) -> None:
        """Give up what is still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, key: K, future: asyncio.Future[T], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._flights.get(key) is future:
            del self._flights[key]
        if task.cancelled():
            future.cancel()
        elif (error := task.exception()) is None:
            return
        elif future.done():
            log.error("event=flight_failed key=%r", key, exc_info=error)
        else:
            future.set_exception(error)


async def _work(work: Callable[[Tell[T]], Awaitable[None]], future: asyncio.Future[T]) -> None:
    def tell(result: T) -> None:
        if not future.done():
            future.set_result(result)

    await work(tell)
    if not future.done():
        raise AssertionError("a flight ended without a result")


def _looked_at(future: asyncio.Future[T]) -> None:
    """A failure that nobody waits for any more is no error of the program."""
    if not future.cancelled():
        future.exception()
