"""The whole product, with each server that it needs one of its own, which may be broken."""

from __future__ import annotations

import asyncio
import http.client
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import redis

from lidarrmetadata.cache import CacheDatabase, PostgresStore, RedisStore, Tiers
from tests import dumps
from tests.folders import new_folder
from tests.outages.catalogue import COLD, WARM, catalogue
from tests.outages.servers import Postgres, Redis
from tests.serving import Serving, data_folder, serving, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from tests.outages.servers import Breakable


@dataclass
class Servers:
    """What the product needs, running; each may be broken, and is whole again for the next test."""

    redis: Redis
    cache: Postgres
    musicbrainz: Postgres

    def named(self, names: Sequence[str]) -> list[Breakable]:
        return [getattr(self, name) for name in names]

    def mend(self) -> None:
        for server in (self.redis, self.cache, self.musicbrainz):
            server.thaw()
            if not server.is_alive():
                server.start()


@dataclass
class Product:
    """One cache, any number of servers on it."""

    servers: Servers
    cache_url: str
    settings: dict[str, str]
    _cold: list[str] = field(default_factory=lambda: list(COLD))

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Serving]:
        with data_folder() as folder, serving(folder, **{**self.settings, **settings}) as server:
            yield server.ready()
            assert "Traceback" not in server.log

    def take(self, number: int) -> list[str]:
        """Paths of documents that nobody has asked for."""
        taken, self._cold = self._cold[:number], self._cold[number:]
        assert len(taken) == number, "the catalogue is used up"
        return taken

    def warm(self, server: Serving) -> None:
        """Ask for all of WARM, and wait until everything is kept."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for path in WARM:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        connection.close()
        assert until(lambda: self.kept() >= len(WARM))

    def kept(self) -> int:
        """Documents in the cache database."""
        artists, albums = (f"lidarrmetadata_cache.{table}" for table in ("artist", "album"))
        counting = f"SELECT (SELECT count(*) FROM {artists}) + (SELECT count(*) FROM {albums})"
        return int(self.in_cache(lambda connection: connection.fetchval(counting)))

    def in_cache(self, ask: Callable[[asyncpg.Connection], Awaitable[Any]]) -> Any:
        """Ask the cache database something."""

        async def asking() -> Any:
            connection = await asyncpg.connect(self.cache_url)
            try:
                return await ask(connection)
            finally:
                await connection.close()

        return asyncio.run(asking())

    def keys_in_redis(self) -> int:
        with redis.Redis.from_url(self.servers.redis.url) as client:
            return int(client.dbsize())

    def put_by_another(self, path: str, overview: str) -> None:
        """Change a document in the caches that processes share, as another of them does."""
        kind, mbid = path.removeprefix("/").split("/")

        async def put() -> None:
            stores = [
                RedisStore(self.servers.redis.url),
                PostgresStore(CacheDatabase(self.cache_url)),
            ]
            tiers = Tiers(stores)
            await tiers.open()
            entry = (await tiers.get_many(kind, [mbid]))[mbid]
            entry.value["document"]["overview"] = overview
            await tiers.put_many(kind, {mbid: entry})
            assert not tiers.degraded
            await tiers.close()

        asyncio.run(put())


@pytest.fixture(scope="session")
def running_servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        folders = []
        for _ in range(3):
            folders.append(new_folder())
            stack.callback(shutil.rmtree, folders[-1])
        servers = Servers(Redis(folders[0]), Postgres(folders[1]), Postgres(folders[2]))
        for server in (servers.redis, servers.cache, servers.musicbrainz):
            stack.callback(server.kill)
        dumps.create(servers.musicbrainz.address, "catalogue", catalogue().write)
        dumps.create(servers.cache.address, "cache", _nothing)
        yield servers


@pytest.fixture
def product(running_servers: Servers) -> Iterator[Product]:
    """Nothing is kept yet."""
    servers = running_servers
    cache, catalogue_ = servers.cache.address, servers.musicbrainz.address
    dumps.run(dumps.at(cache, "cache"), "DROP SCHEMA IF EXISTS lidarrmetadata_cache CASCADE")
    with redis.Redis.from_url(servers.redis.url) as client:
        client.flushall()
    settings = {
        "CACHE__REDIS_URL": servers.redis.url,
        "CACHE__POSTGRES_URL": cache.dsn("cache"),
        "DATABASE__HOST": catalogue_.host,
        "DATABASE__PORT": str(catalogue_.port),
        "DATABASE__USER": catalogue_.user,
        "DATABASE__PASSWORD": catalogue_.password,
        "DATABASE__DATABASE": "catalogue",
    }
    yield Product(servers, cache.dsn("cache"), settings)
    servers.mend()


async def _nothing(_: asyncpg.Connection) -> None:
    """Fill a database with nothing."""
