"""Entries in Redis or Valkey, shared by any number of processes."""

from __future__ import annotations

import asyncio
import logging
import re
import struct
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from lidarrmetadata.cache.batches import decode_all, encode_all
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.keys import storable
from lidarrmetadata.cache.store import CacheUnavailable, Store, check_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime

log = logging.getLogger(__name__)

# Commands sent at once: 15 kB each make a few MB, which are sent, read and taken apart in a
# fraction of the time an answer may take.
_PORTION = 500

# Seconds that word of an expired entry stays where there was none: longer than any read that may
# have begun before it was expired elsewhere, and would leave here what it read.
_ABSENCE_SECONDS = 60

# What comes before every value: the expiry as µs since 1970, signed, so that STALE is 0.
_HEADER = struct.Struct(">q")
_MICROSECOND = timedelta(microseconds=1)

# Scripts of one key each, as the keys of several may be on different nodes of a cluster. `pcall`
# returns a table if there is something that is no string, which none of ours can be.

# KEYS: entry; ARGV: header and value, lifetime in ms
# The header in halves, as Lua's numbers hold 53 bits.
_FILL = """
local kept = redis.pcall('GETRANGE', KEYS[1], 0, 7)
if type(kept) == 'string' and #kept == 8 then
  local high, low = struct.unpack('>i4I4', kept)
  local new_high, new_low = struct.unpack('>i4I4', ARGV[1])
  if (high == 0 and low == 0) or high > new_high or (high == new_high and low >= new_low) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: entry; ARGV: header, ms that it stays where there is no entry. SETRANGE keeps the lifetime.
# Returns whether there was one.
_EXPIRE = """
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'number' and length > 8 then
  redis.call('SETRANGE', KEYS[1], 0, ARGV[1])
  return 1
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
"""

# KEYS: entry; ARGV: what was read there
_DISCARD = """
local kept = redis.pcall('GET', KEYS[1])
if type(kept) == 'table' or kept == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
"""

_GLOB = re.compile(r"([*?\[\]\\])")

_CURES: tuple[tuple[type[Exception], str, str], ...] = (
    (
        exceptions.AuthenticationError,
        "",
        "see that redis_url in the setting CACHE has the right user and password",
    ),
    (exceptions.NoPermissionError, "", "let the user of redis_url do that (ACL SETUSER)"),
    (exceptions.ReadOnlyError, "", "lead redis_url in the setting CACHE to the primary"),
    (exceptions.OutOfMemoryError, "", "set its maxmemory-policy to allkeys-lfu"),
    (exceptions.BusyLoadingError, "", "wait until it has read what it saved"),
    (exceptions.ResponseError, "MISCONF", "make room on its disk, or let it save nothing"),
    (
        Exception,
        "",
        "see that the server runs, and that redis_url in the setting CACHE leads to it",
    ),
)


_CUT_OFF = (exceptions.ConnectionError, exceptions.TimeoutError, OSError)


class _Kept(NamedTuple):
    """What is at a key: bytes, or an error if it is nothing that has bytes."""

    data: bytes
    expires: datetime | None
    cause: str = ""

    @classmethod
    def read(cls, answer: bytes | Exception) -> _Kept:
        if isinstance(answer, Exception):
            return cls(b"", None, str(answer))
        try:
            (since,) = _HEADER.unpack_from(answer)
            return cls(answer, STALE + since * _MICROSECOND)
        except (struct.error, OverflowError) as error:
            return cls(answer, None, str(error))


class RedisStore(Store):
    """Entries under `{namespace}:{table}:{key}`, each for at most `lifetime` seconds.

    `redis` is a URL, or a client of somebody who closes it and does without `decode_responses`.
    Timeouts are in seconds; nothing is tried twice. No call lasts longer than both together, for
    each 500 keys. At most `connections` are made to a URL. A server that is down is no error
    before it is used, and is found again when it is back.
    """

    name = "redis"

    def __init__(
        self,
        redis: Redis | str,
        *,
        namespace: str = "lm3.7",
        lifetime: timedelta | float = timedelta(days=7),
        connect_timeout: float = 0.5,
        answer_timeout: float = 1.0,
        connections: int = 16,
    ) -> None:
        self._url = redis if isinstance(redis, str) else None
        self._client = None if isinstance(redis, str) else redis
        self._namespace = namespace
        seconds = lifetime.total_seconds() if isinstance(lifetime, timedelta) else lifetime
        self._lifetime = max(1, round(seconds * 1000))  # ms; Redis refuses 0
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._connections = connections
        self._opened = False
        self.undecodable = 0
        """Values met so far that could not be read."""

    async def open(self) -> None:
        """See `Store`. Connections are made when needed."""
        self._opened = True

    async def close(self) -> None:
        """See `Store`."""
        self._opened = False
        if self._url is not None and self._client is not None:
            client, self._client = self._client, None
            await client.connection_pool.disconnect()

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. A value that cannot be read is logged, counted, left out and thrown away."""
        asked = self._names(table, keys)
        answers = await self._ask([("GET", name) for name in asked])
        found = {
            key: _Kept.read(answer)
            for key, answer in zip(asked.values(), answers, strict=True)
            if answer is not None and answer != _header(STALE)
        }
        values, refused = await decode_all(
            {key: kept.data[_HEADER.size :] for key, kept in found.items() if not kept.cause}
        )
        causes = {key: kept.cause for key, kept in found.items() if kept.cause}
        causes |= {key: str(error) for key, error in refused.items()}
        if causes:
            self._note_undecodable(table, causes)
            names = {key: name for name, key in asked.items()}
            with suppress(CacheUnavailable):  # a replica does not let us; what was read still holds
                await self._ask([_script(_DISCARD, names[key], found[key].data) for key in causes])
        return {
            key: Entry(value, expires)
            for key, value in values.items()
            if (expires := found[key].expires) is not None
        }

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`."""
        names = self._names(table, entries)
        data = await _encoded(entries)
        await self._ask(
            [("SET", name, data[key], "PX", self._lifetime) for name, key in names.items()]
        )

    async def fill_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`."""
        names = self._names(table, entries)
        data = await _encoded(entries)
        await self._ask(
            [_script(_FILL, name, data[key], self._lifetime) for name, key in names.items()]
        )

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`. Nobody is told: that is for the store with what is served."""
        names = self._names(table, keys)
        known = await self._ask([_expire(name) for name in names])
        return {key for key, is_known in zip(names.values(), known, strict=True) if is_known}

    async def expire_all(self, table: str) -> None:
        """See `Store`. Takes its time where there are many other keys, but holds up nobody."""
        check_table(table)
        pattern = _GLOB.sub(r"\\\1", f"{self._namespace}:{table}:") + "*"
        names: list[bytes] = []
        async with self._answering() as client:
            # Each answer on the way has the time of an answer; all of them together may take more.
            async for name in client.scan_iter(match=pattern, count=_PORTION):
                names.append(name)
                if len(names) >= _PORTION:
                    await self._ask([_expire(name) for name in names])
                    names.clear()
        await self._ask([_expire(name) for name in names])

    def _names(self, table: str, keys: Iterable[str]) -> dict[bytes, str]:
        """The keys by their names in Redis."""
        check_table(table)
        return {f"{self._namespace}:{table}:{storable(key)}".encode(): key for key in keys}

    async def _ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The answers in order, among them errors of keys that hold no string."""
        answers: list[Any] = []
        for start in range(0, len(commands), _PORTION):
            async with (
                self._answering() as client,
                asyncio.timeout(self._connect_timeout + self._answer_timeout),
            ):
                pipeline = client.pipeline(transaction=False)
                for command in commands[start : start + _PORTION]:
                    pipeline.execute_command(*command)
                portion = await pipeline.execute(raise_on_error=False)
                for answer in portion:
                    if isinstance(answer, Exception) and not _is_wrong_type(answer):
                        raise answer
                answers += portion
        return answers

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[Redis]:
        """A client; what goes wrong with it becomes `CacheUnavailable`."""
        if not self._opened:
            raise CacheUnavailable("the Redis cache has not been opened")
        if self._client is None:
            self._client = self._connect()
        try:
            yield self._client
        except (exceptions.RedisError, OSError) as error:  # of which TimeoutError is one
            if self._url is not None and isinstance(error, _CUT_OFF):
                # Whatever befell this connection, the idle ones have lived through as well.
                with suppress(*_CUT_OFF):
                    await self._client.connection_pool.disconnect(inuse_connections=False)
            cause, cure = _explained(error)
            raise CacheUnavailable(f"the Redis cache cannot answer: {cause}: {cure}") from error

    def _connect(self) -> Redis:
        try:
            pool = BlockingConnectionPool.from_url(
                self._url or "",
                max_connections=self._connections,
                timeout=self._connect_timeout,  # for the wait until one is free
                socket_connect_timeout=self._connect_timeout,
                socket_timeout=self._answer_timeout,
                retry=Retry(NoBackoff(), 0),
                driver_info=None,  # saying who we are costs each connection a round trip
            )
            pool.make_connection()  # type: ignore[no-untyped-call]  # checks the options
        except (TypeError, ValueError):
            # Not what was said about it, nor from where: that may quote the password.
            raise CacheUnavailable(
                "the Redis cache cannot be found: redis_url in the setting CACHE is no URL of a "
                "Redis: write redis://:password@host:6379/0, with %xx for special characters"
            ) from None
        return Redis(connection_pool=pool)

    def _note_undecodable(self, table: str, causes: Mapping[str, str]) -> None:
        self.undecodable += len(causes)
        key, cause = next(iter(causes.items()))
        log.warning(
            "event=cache_undecodable store=%s table=%s rows=%d first=%.100r cause=%r",
            self.name,
            table,
            len(causes),
            key,
            cause,
        )


def _explained(error: Exception) -> tuple[str, str]:
    """Cause and cure."""
    # What is wrong with the account comes wrapped in word that there is no connection.
    inner = error.__cause__ if isinstance(error.__cause__, exceptions.RedisError) else error
    cause = str(inner) or type(inner).__name__
    for kind, code, cure in _CURES:
        if isinstance(inner, kind) and cause.startswith(code):
            return cause, cure
    return cause, "see that the server runs, and that redis_url in the setting CACHE leads to it"


async def _encoded(entries: Mapping[str, Entry]) -> dict[str, bytes]:
    encoded = await encode_all(entries)
    return {key: _header(entries[key].expires) + value for key, value in encoded.items()}


def _header(expires: datetime) -> bytes:
    return _HEADER.pack((expires - STALE) // _MICROSECOND)


def _script(script: str, name: bytes, *arguments: bytes | int) -> tuple[Any, ...]:
    # In full: it is short beside a value, and a server that has forgotten it is no special case.
    return ("EVAL", script, 1, name, *arguments)


def _expire(name: bytes) -> tuple[Any, ...]:
    return _script(_EXPIRE, name, _header(STALE), _ABSENCE_SECONDS * 1000)


def _is_wrong_type(answer: Exception) -> bool:
    return isinstance(answer, exceptions.ResponseError) and str(answer).startswith("WRONGTYPE")
