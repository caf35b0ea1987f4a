"""What a request needs, built once per application, opened and closed with it."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from lidarrmetadata.api.records import RecordBook
from lidarrmetadata.cache.database import CacheDatabase
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.cache.postgres import PostgresStore
from lidarrmetadata.cache.tiers import Tiers
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.resilience.limit import RedisRateLimiter, SimpleRateLimiter

if TYPE_CHECKING:
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import CallResult
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.limit import Rate, RateLimiter


class Services:
    """Owns everything that is opened and closed."""

    def __init__(self, config: DefaultConfig, clock: Clock | None = None) -> None:
        """Read the settings; connect to nothing yet."""
        self.config = config
        self.clock = clock or SystemClock()
        self._redis = _redis(config)
        self._limiters: list[RedisRateLimiter] = []
        self.source_calls: Counter[tuple[str, CallResult]] = Counter()
        """Calls to outside sources so far, by the source's name and how they ended."""
        self.providers = Providers(config, self._tools())
        self.store = _store(config, self.clock)
        self.records = RecordBook(self.store, self.clock, config.CACHE_TTL)
        self._opened = AsyncExitStack()

    async def open(self) -> None:
        """Called when the application starts. If something cannot be opened, nothing stays open."""
        async with AsyncExitStack() as opened:
            if self._redis is not None:
                opened.push_async_callback(self._redis.aclose)
            for limiter in self._limiters:  # they may still be giving a slot back
                opened.push_async_callback(limiter.aclose)
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
        return Tools(self.clock, self._limiter, self._count)

    def _limiter(self, name: str, rate: Rate) -> RateLimiter:
        """A limit that all processes share if there is a Redis to share it through."""
        if self._redis is None:
            return SimpleRateLimiter(rate, self.clock)
        limiter = RedisRateLimiter(self._redis, name, rate, self.clock)
        self._limiters.append(limiter)
        return limiter

    def _count(self, name: str, result: CallResult, _seconds: float) -> None:
        self.source_calls[name, result] += 1


def _redis(config: DefaultConfig) -> redis.asyncio.Redis | None:
    url = config.CACHE["redis_url"]
    # No retries: while Redis is away every process keeps the limits by itself, at once.
    return redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) if url else None


def _store(config: DefaultConfig, clock: Clock) -> Store:
    stores: list[Store] = [MemoryStore(config.MEMORY_CACHE_BYTES)]
    if url := config.CACHE["postgres_url"]:
        stores.append(PostgresStore(CacheDatabase(url)))
    return Tiers(stores, clock=clock.now)
