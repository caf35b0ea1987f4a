"""Two processes that share one Redis and one PostgreSQL bring back nothing old to each other."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.cache import STALE, CacheUnavailable, MemoryStore, PostgresStore, RedisStore
from lidarrmetadata.cache import Tiers as TiersOfOneProcess
from tests.cache.conftest import EARLIER, NOW, entry, kept_in
from tests.cache.valkey_server import valkey as valkey
from tests.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.cache import Entry
    from tests.cache.conftest import Open
    from tests.resilience.test_limit_redis import Valkey


class SlowWayBack(PostgresStore):
    """The real database, whose answer, once it is read, may be held up on its way."""

    def __init__(self, store: PostgresStore) -> None:
        super().__init__(store._database)
        self.read = asyncio.Event()
        self.go_on = asyncio.Event()

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        answer = await super().get_many(table, keys)
        self.read.set()
        await self.go_on.wait()
        return answer


class Process:
    """The stores of a process with connections of its own."""

    def __init__(self, valkey: Valkey, far: PostgresStore) -> None:
        self.clock = ManualClock()
        self.memory = MemoryStore(1_000_000)
        self.redis = RedisStore(valkey.url, connect_timeout=0.2, answer_timeout=0.3)
        self.tiers = TiersOfOneProcess(
            [self.memory, self.redis, far], clock=lambda: NOW, monotonic=self.clock.monotonic
        )


@pytest.fixture
async def one(valkey: Valkey, database: str, opened: Open) -> Process:
    process = Process(valkey, kept_in(database))
    await opened(process.tiers)
    return process


@pytest.fixture
def far(database: str) -> SlowWayBack:
    return SlowWayBack(kept_in(database))


@pytest.fixture
async def other(valkey: Valkey, far: SlowWayBack, opened: Open) -> Process:
    process = Process(valkey, far)
    await opened(process.tiers)
    return process


async def test_what_one_puts_the_other_finds_in_redis(
    one: Process, other: Process, far: SlowWayBack
) -> None:
    await one.tiers.put_many("artist", {"a": entry("A")})
    assert await other.tiers.get_many("artist", ["a"]) == {"a": entry("A")}
    assert other.tiers.hits == {"memory": 0, "redis": 1}
    assert not far.read.is_set()


@pytest.mark.parametrize("in_redis", [True, False])
@pytest.mark.parametrize("change", ["put", "expire"])
async def test_who_read_the_database_before_a_change_does_not_undo_it_in_redis(
    in_redis: bool, change: str, one: Process, other: Process, far: SlowWayBack, valkey: Valkey
) -> None:
    old = entry("old", NOW.replace(hour=4))
    await one.tiers.put_many("artist", {"a": old})
    valkey.kill()  # what Redis had is gone
    valkey.start()
    if in_redis:
        await one.redis.put_many("artist", {"a": entry("older", EARLIER)})
    reading = asyncio.create_task(other.tiers.get_many("artist", ["a"]))
    await far.read.wait()
    if change == "put":
        await one.tiers.put_many("artist", {"a": entry("new")})
    else:
        await one.tiers.expire_many("artist", ["a"])
    other.tiers.forget("artist", frozenset("a"))  # as the database tells it
    far.go_on.set()
    assert await reading == {"a": old}
    for process in (one, other):
        found = (await process.tiers.get_many("artist", ["a"]))["a"]
        assert found == entry("new") if change == "put" else found.expires == STALE
    assert (await one.redis.get_many("artist", ["a"])).get("a") != old


async def test_what_one_could_not_write_to_a_hanging_redis_the_other_does_not_read_for_good(
    one: Process, other: Process, far: SlowWayBack, valkey: Valkey
) -> None:
    far.go_on.set()
    await one.tiers.put_many("artist", {"a": entry("old"), "b": entry("old")})
    valkey.send(signal.SIGSTOP)
    await one.tiers.put_many("artist", {"a": entry("new")})
    with pytest.raises(CacheUnavailable, match="redis"):
        await one.tiers.expire_many("artist", ["b"])
    assert await other.tiers.get_many("artist", ["a"]) == {"a": entry("new")}
    valkey.send(signal.SIGCONT)
    for process in (one, other):
        await process.clock.forward(seconds=1)
        process.tiers.forget("artist", None)
        assert await process.tiers.get_many("artist", ["a", "b"]) == {
            "a": entry("new"),
            "b": entry("old", STALE),
        }


async def test_after_redis_was_killed_and_is_back_both_share_it_again(
    one: Process, other: Process, far: SlowWayBack, valkey: Valkey
) -> None:
    far.go_on.set()
    await one.tiers.put_many("artist", {"a": entry("A")})
    valkey.kill()
    for process in (one, other):
        process.tiers.forget("artist", None)
        assert await process.tiers.get_many("artist", ["a"]) == {"a": entry("A")}
        assert process.tiers.degraded
    valkey.start()
    for process in (one, other):
        process.tiers.forget("artist", None)
        await process.clock.forward(seconds=1)
        assert await process.tiers.get_many("artist", ["a"]) == {"a": entry("A")}
        assert not process.tiers.degraded
    assert one.tiers.hits["postgres"] == 2
    assert other.tiers.hits == {"memory": 0, "redis": 1, "postgres": 1}
