"""What a request needs, built once per application, opened and closed with it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import redis.asyncio

from lidarrmetadata.api.records import RecordBook
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.cache.postgres import PostgresStore
from lidarrmetadata.cache.tiers import Tiers
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.resilience.limit import RedisRateLimiter

if TYPE_CHECKING:
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.limit import Rate, RateLimiter


class Services:
    """Owns everything that is opened and closed."""

    def __init__(self, config: DefaultConfig, clock: Clock | None = None) -> None:
        """Read the settings; connect to nothing yet."""
        self.config = config
        self.clock = clock or SystemClock()
        self._redis = _redis(config)
        self.providers = Providers(config, self._tools())
        self.store = _store(config, self.clock)
        self.records = RecordBook(self.store, self.clock, config.CACHE_TTL)
        self._opened = AsyncExitStack()

    async def open(self) -> None:
        """Called when the application starts. If something cannot be opened, nothing stays open."""
        async with AsyncExitStack() as opened:
            if self._redis is not None:
                opened.push_async_callback(self._redis.aclose)
            opened.push_async_callback(self.store.close)
            await self.store.open()
            opened.push_async_callback(self.providers.close)
            await self.providers.open()
            opened.push_async_callback(self.records.close)
            self._opened = opened.pop_all()

    async def close(self) -> None:
        """Called when the application stops. What goes on in the background is given up."""
        await self._opened.aclose()

    def _tools(self) -> Tools:
        if self._redis is None:
            return Tools.of_this_process(self.clock)
        shared = self._redis

        def limiter(name: str, rate: Rate) -> RateLimiter:
            return RedisRateLimiter(shared, name, rate, self.clock)

        return Tools(self.clock, limiter)


def _redis(config: DefaultConfig) -> redis.asyncio.Redis | None:
    url = config.CACHE["redis_url"]
    return redis.asyncio.Redis.from_url(url) if url else None


def _store(config: DefaultConfig, clock: Clock) -> Store:
    stores: list[Store] = [MemoryStore(config.MEMORY_CACHE_BYTES)]
    if url := config.CACHE["postgres_url"]:
        stores.append(PostgresStore(url))
    return Tiers(stores, clock=clock.now)
