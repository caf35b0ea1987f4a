"""What a request needs, built once per application, opened and closed with it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from lidarrmetadata.api import album, artist
from lidarrmetadata.api.changes import ChangeSearch
from lidarrmetadata.api.chart import ChartBook
from lidarrmetadata.api.documents import DocumentBook
from lidarrmetadata.api.recipe import recipe
from lidarrmetadata.api.records import RecordBook
from lidarrmetadata.api.search import SearchBook
from lidarrmetadata.api.shelf import Shelf
from lidarrmetadata.api.spotify import SpotifyMap
from lidarrmetadata.cache.announcements import Announcements
from lidarrmetadata.cache.answers import SHORT, AnswerCache, Life
from lidarrmetadata.cache.cloudflare import CloudflarePurger, addresses
from lidarrmetadata.cache.database import CacheDatabase
from lidarrmetadata.cache.listener import Listener
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.cache.postgres import PostgresStore
from lidarrmetadata.cache.progress import Progress
from lidarrmetadata.cache.purges import MemoryPurgeBook, PostgresPurgeBook
from lidarrmetadata.cache.redis import RedisStore
from lidarrmetadata.cache.tiers import Tiers
from lidarrmetadata.config import EMBEDDED
from lidarrmetadata.documents import KINDS
from lidarrmetadata.provider.http import Tools, user_agent
from lidarrmetadata.provider.mixins import NamesMixin, WarmUpMixin
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.provider.search_backends import SearchBackends
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.resilience.limit import RedisRateLimiter, SimpleRateLimiter
from lidarrmetadata.search.index.keeper import IndexKeeper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.api.shelf import Answer
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.provider.http import CallResult
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.limit import Rate, RateLimiter

log = logging.getLogger(__name__)

# Seconds that the server waits at its start for connections to be made.
_WARM_UP_SECONDS = 1.0
_ADDRESSES = ("REDIS_URL", "POSTGRES_URL")
# The part of MEMORY_CACHE_BYTES that is for what answers are made of; the rest is for the answers.
_FOR_ENTRIES = 0.25


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
        self._search_backends = SearchBackends(config, self._tools(), self.providers)

        url = config.CACHE["postgres_url"]
        database = CacheDatabase(url) if url else None
        self.announcements = Announcements(database) if database else None
        self.progress = Progress(database) if database else None
        self._database = database
        # What this process writes it has dealt with itself.
        self._listener = Listener(database, self._hear, others_only=True) if database else None
        for_entries = round(config.MEMORY_CACHE_BYTES * _FOR_ENTRIES)
        self.answers = AnswerCache(config.MEMORY_CACHE_BYTES - for_entries)
        self.store = self._store(for_entries, database)
        self._purger = self._cloudflare(database)

        self.records = RecordBook(self.store, self.clock, config.CACHE_TTL)
        shelf = Shelf(
            self.store,
            self.answers,
            self.clock,
            fit={"artist": artist.fit, "album": album.fit},
            recipe=recipe(config, self.providers.names_in_documents),
            seconds_missing=config.CACHE_TTL["missing"],
            purge=self._purge,
        )
        self.documents = DocumentBook(
            shelf,
            self.clock,
            makers={
                "artist": lambda mbid, anew, together: artist.make(
                    self, mbid, anew=anew, together=together
                ),
                "album": lambda mbid, anew, together: album.make(
                    self, mbid, anew=anew, together=together
                ),
            },
            lifetimes=config.CACHE_TTL,
            budget=config.ANSWER_BUDGET,
        )
        self.searches = SearchBook(self._search_backends, self.store, self.clock, config.CACHE_TTL)
        self.charts = ChartBook(self)
        self.spotify = SpotifyMap(self)
        self._index_keeper = IndexKeeper(config, self.providers.having(NamesMixin))
        self.change_search = ChangeSearch(self.clock.now())
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
            if self._purger is not None:
                opened.push_async_callback(self._purger.close)
                await self._purger.open()
            if self._listener is not None:
                opened.push_async_callback(self._listener.close)
                await self._listener.open()
            opened.push_async_callback(self.providers.close)
            await self.providers.open()
            opened.push_async_callback(self._search_backends.close)
            await self._search_backends.open()
            await self._warm_up(opened)
            opened.push_async_callback(self._index_keeper.close)
            await self._index_keeper.open()
            opened.push_async_callback(self.records.close)
            opened.push_async_callback(self.documents.close)
            opened.push_async_callback(self.change_search.close)
            opened.push_async_callback(self.searches.close)
            opened.push_async_callback(self.charts.close)
            opened.push_async_callback(self.spotify.close)
            self._opened = opened.pop_all()

    async def close(self) -> None:
        """Called when the application stops. What goes on in the background is given up."""
        await self._opened.aclose()

    def life_of(self, answer: Answer, *, is_own: bool) -> Life:
        """How long an answer holds, here and elsewhere.

        `is_own`: under the address it is purged from when it changes. Elsewhere it is kept for
        minutes, as are answers that lack something or that not every cache could be told of.
        """
        is_settled = answer.is_complete and answer.state == "fresh" and not self.store.degraded
        most = self.config.CACHE_TTL["cloudflare"]
        return Life(
            due=answer.expires,
            most=most if is_settled and is_own else min(SHORT, most),
            purged=is_settled and is_own and self._purger is not None,
        )

    async def _warm_up(self, opened: AsyncExitStack) -> None:
        """Connect where that takes long, for a moment before serving, then beside it."""
        warming = [
            asyncio.create_task(whoever.warm_up())
            for whoever in (self._database, *self.providers.having(WarmUpMixin))
            if whoever is not None
        ]
        if not warming:
            return
        for task in warming:
            task.add_done_callback(_stay_cold)

        async def give_up() -> None:
            for task in warming:
                task.cancel()
            await asyncio.wait(warming)

        opened.push_async_callback(give_up)
        await asyncio.wait(warming, timeout=_WARM_UP_SECONDS)

    async def _purge(self, kind: Kind, mbids: Iterable[str] | None) -> None:
        """Have shared caches forget documents, or all of a kind. Raises `CacheUnavailable`."""
        if self._purger is None:
            return
        if mbids is None:
            await self._purger.purge_everything()
            return
        base = self.config.PUBLIC_URL
        await self._purger.purge([url for mbid in mbids for url in addresses(base, kind, mbid)])

    def _hear(self, table: str, keys: frozenset[str] | None) -> None:
        """Somebody has written to the cache database: what is kept here may be old."""
        self.store.forget(table, keys)
        if table not in KINDS:
            return
        if keys is None:
            self.answers.outdate_all(table)
        else:
            self.answers.outdate(table, keys)

    def _store(self, memory: int, database: CacheDatabase | None) -> Tiers:
        config = self.config
        stores: list[Store] = [MemoryStore(memory)]
        if self._redis is not None and not _keeps_to_itself(config):
            stores.append(RedisStore(config.CACHE["redis_url"], lifetime=config.CACHE_TTL["redis"]))
        if database is not None:
            stores.append(PostgresStore(database))
        return Tiers(stores, clock=self.clock.now, monotonic=self.clock.monotonic)

    def _cloudflare(self, database: CacheDatabase | None) -> CloudflarePurger | None:
        if not CloudflarePurger.enabled(self.config):
            return None
        book = PostgresPurgeBook(database) if database else MemoryPurgeBook(self.clock)
        return CloudflarePurger(self.config, book, self.clock, agent=user_agent(self.config))

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


def _stay_cold(warming: asyncio.Task[None]) -> None:
    """Whoever could not get ready before the first question says what is wrong when it comes."""
    if not warming.cancelled() and (error := warming.exception()):
        log.debug("event=not_warmed_up cause=%r", error)


def _keeps_to_itself(config: DefaultConfig) -> bool:
    """Whether Redis is our own, and the cache database one that other servers may use as well.

    They would write past that Redis, and it would go on with what they have replaced.
    """
    is_own = [config.sources.get(f"CACHE__{name}") == EMBEDDED for name in _ADDRESSES]
    return is_own == [True, False]


def _redis(config: DefaultConfig) -> redis.asyncio.Redis | None:
    url = config.CACHE["redis_url"]
    # No retries: while Redis is away every process keeps the limits by itself, at once.
    return (
        redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0), driver_info=None)
        if url
        else None
    )
