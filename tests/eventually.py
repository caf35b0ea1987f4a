"""Waiting for what happens in its own time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAUSE = 0.01


async def eventually(holds: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    """Wait until this holds. Raises TimeoutError if it does not after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            if await holds():
                return
            await asyncio.sleep(PAUSE)
