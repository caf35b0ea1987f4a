"""Questions that come within a moment of each other, asked as one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from lidarrmetadata.errors import ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

K = TypeVar("K")
V = TypeVar("V")

# Not by the clock that tests move: this is how long others get to join, not a point in time.
_MOMENT = 0.002  # seconds; a small part of what the request itself takes


class Coalescer(Generic[K, V]):
    """Gathers the keys of a moment and asks for all of them together."""

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[dict[K, V]]]) -> None:
        """`ask` answers by key, leaving out what could not be told."""
        self._ask = ask
        self._keys: dict[K, None] = {}
        self._boarding: asyncio.Task[dict[K, V]] | None = None
        self._running: set[asyncio.Task[dict[K, V]]] = set()

    async def get(self, keys: Sequence[K]) -> dict[K, V]:
        """What `ask` says of these keys.

        Raises what `ask` raises, and `ProviderUnavailable` if it left all of these keys out.
        """
        self._keys |= dict.fromkeys(keys)
        if self._boarding is None:
            self._boarding = asyncio.create_task(self._depart())
            self._running.add(self._boarding)
            self._boarding.add_done_callback(self._arrived)
        # Shielded: others wait for the same answer.
        answer = await asyncio.shield(self._boarding)
        told = {key: answer[key] for key in keys if key in answer}
        if keys and not told:
            raise ProviderUnavailable(
                "could not be told, though others asked for at the same moment could"
            )
        return told

    async def close(self) -> None:
        """Give up what is under way."""
        running = set(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _depart(self) -> dict[K, V]:
        await asyncio.sleep(_MOMENT)
        keys, self._keys, self._boarding = list(self._keys), {}, None
        return await self._ask(keys)

    def _arrived(self, task: asyncio.Task[dict[K, V]]) -> None:
        self._running.discard(task)
        if self._boarding is task:  # given up before it departed
            self._keys, self._boarding = {}, None
        if not task.cancelled():
            task.exception()  # seen, even if everybody who asked has gone
