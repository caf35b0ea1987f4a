"""A Redis that is down, slow, full or not ours says so in one way, and is found again."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from lidarrmetadata.cache import CacheUnavailable, RedisStore
from tests.cache.conftest import entry
from tests.cache.valkey_server import valkey as valkey
from tests.eventually import eventually

if TYPE_CHECKING:
    from tests.cache.conftest import Open
    from tests.resilience.test_limit_redis import Valkey


async def assert_unavailable(store: RedisStore, said: str = "cannot answer") -> None:
    for call in (
        store.get_many("artist", ["a"]),
        store.put_many("artist", {"a": entry(1)}),
        store.fill_many("artist", {"a": entry(1)}),
        store.expire_many("artist", ["a"]),
        store.expire_all("artist"),
    ):
        with pytest.raises(CacheUnavailable, match=said):
            await call


async def test_nobody_has_opened_it(redis_url: str) -> None:
    await assert_unavailable(RedisStore(redis_url), "not been opened")


async def test_nobody_listens(opened: Open) -> None:
    with socket.socket() as taken:  # bound, so that nobody else takes it, but not listening
        taken.bind(("127.0.0.1", 0))
        store = await opened(RedisStore(f"redis://127.0.0.1:{taken.getsockname()[1]}/0"))
        await assert_unavailable(store, "redis_url in the setting CACHE leads to it")


async def test_somebody_listens_and_says_nothing(opened: Open) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        await assert_unavailable(
            await opened(RedisStore(url, connect_timeout=0.1, answer_timeout=0.1))
        )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "postgresql://localhost/secret",
        "redis://:sec#ret@localhost",
        "redis://:secret@localhost:port",
        "redis://:secret@localhost?nonsense=1",
        "redis://:secret@localhost?socket_timeout=secret",
        "redis://[",
    ],
)
async def test_the_url_is_wrong_and_its_password_is_told_nobody(url: str, opened: Open) -> None:
    store = await opened(RedisStore(url))
    with pytest.raises(CacheUnavailable, match="redis_url in the setting CACHE") as error:
        await store.get_many("artist", ["a"])
    assert "sec" not in str(error.value)
    assert error.value.__suppress_context__
    await assert_unavailable(store, "cannot be found")


@pytest.mark.parametrize("password", ["", ":wrong@", "nobody:wrong@"])
async def test_the_password_is_wrong(password: str, valkey: Valkey, opened: Open) -> None:
    scheme, _, rest = valkey.url.partition("://")
    store = await opened(RedisStore(f"{scheme}://{password}{rest.partition('@')[2]}"))
    await assert_unavailable(store, "the right user and password")


async def test_it_takes_no_more(valkey: Valkey, opened: Open) -> None:
    store = await opened(RedisStore(valkey.url))
    await store.put_many("artist", {"a": entry(1)})
    async with Redis.from_url(valkey.url) as client:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", 1)
        with pytest.raises(CacheUnavailable, match="allkeys-lfu"):
            await store.put_many("artist", {"b": entry(1)})
        with pytest.raises(CacheUnavailable, match="allkeys-lfu"):
            await store.fill_many("artist", {"b": entry(1)})
        assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_it_only_copies_another(valkey: Valkey, opened: Open) -> None:
    store = await opened(RedisStore(valkey.url))
    async with Redis.from_url(valkey.url) as client:
        await client.set("lm3.7:artist:bad", b"bad")
        await client.replicaof("127.0.0.1", 1)
        with pytest.raises(CacheUnavailable, match="to the primary"):
            await store.put_many("artist", {"a": entry(1)})
        assert await store.get_many("artist", ["bad"]) == {}
        await client.replicaof("NO", "ONE")


async def test_it_lets_us_do_nothing(valkey: Valkey, opened: Open) -> None:
    async with Redis.from_url(valkey.url) as client:
        await client.acl_setuser("modest", enabled=True, passwords=["+modest"], commands=["+ping"])
    scheme, _, rest = valkey.url.partition("://")
    store = await opened(RedisStore(f"{scheme}://modest:modest@{rest.partition('@')[2]}"))
    await assert_unavailable(store, "ACL SETUSER")


async def test_it_cannot_save_and_therefore_takes_nothing(valkey: Valkey, opened: Open) -> None:
    store = await opened(RedisStore(valkey.url))
    async with Redis.from_url(valkey.url) as client:
        await client.config_set("save", "3600 1")
        shutil.rmtree(valkey.data.valkey)  # which stops even an administrator's server
        await client.execute_command("BGSAVE")

        async def has_failed() -> bool:
            persistence = await client.info("persistence")
            return bool(persistence["rdb_last_bgsave_status"] == "err")

        await eventually(has_failed)
        with pytest.raises(CacheUnavailable, match="room on its disk"):
            await store.put_many("artist", {"a": entry(1)})


async def test_it_is_killed_and_comes_back(valkey: Valkey, opened: Open) -> None:
    store = await opened(RedisStore(valkey.url))
    await store.put_many("artist", {"a": entry(1)})
    # Several connections, which will all lie idle while the server is away.
    await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(8)))
    valkey.kill()
    await assert_unavailable(store)
    valkey.start()
    assert await store.get_many("artist", ["a"]) == {}
    await store.put_many("artist", {"a": entry(2)})
    assert await store.get_many("artist", ["a"]) == {"a": entry(2)}


async def test_it_is_started_anew_between_two_calls_and_one_fails_at_most(
    valkey: Valkey, opened: Open
) -> None:
    store = await opened(RedisStore(valkey.url))
    await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(8)))
    valkey.kill()
    valkey.start()
    failures = 0
    for _ in range(8):
        try:
            assert await store.get_many("artist", ["a"]) == {}
        except CacheUnavailable:
            failures += 1
    assert failures <= 1


async def test_it_hangs_and_keeps_nobody_for_longer_than_the_timeouts(
    valkey: Valkey, opened: Open
) -> None:
    store = await opened(
        RedisStore(valkey.url, connect_timeout=0.2, answer_timeout=0.3, connections=2)
    )
    await store.put_many("artist", {"a": entry(1)})
    valkey.send(signal.SIGSTOP)
    started = time.monotonic()
    calls: list[Any] = [store.get_many("artist", ["a"]) for _ in range(8)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert time.monotonic() - started < 1.0
    assert {type(answer) for answer in answers} == {CacheUnavailable}
    valkey.send(signal.SIGCONT)
    assert await store.get_many("artist", ["a"]) == {"a": entry(1)}


async def test_who_goes_away_leaves_no_answer_behind_for_the_next(
    valkey: Valkey, opened: Open
) -> None:
    store = await opened(RedisStore(valkey.url, connections=1))
    await store.put_many("artist", {"mine": entry("mine"), "yours": entry("yours")})
    valkey.send(signal.SIGSTOP)
    asking = asyncio.create_task(store.get_many("artist", ["mine"]))
    await asyncio.sleep(0.05)  # until it is sent; were it not, nothing would be left behind
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    valkey.send(signal.SIGCONT)
    assert await store.get_many("artist", ["yours"]) == {"yours": entry("yours")}


async def test_more_callers_than_connections_take_turns(redis_url: str, opened: Open) -> None:
    store = await opened(RedisStore(redis_url, namespace=uuid.uuid4().hex, connections=2))
    await store.put_many("artist", {"a": entry(1)})
    answers = await asyncio.gather(*(store.get_many("artist", ["a"]) for _ in range(50)))
    assert answers == [{"a": entry(1)}] * 50
