"""RedisRateLimiter against a real Valkey, which may be killed, stopped and emptied."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from lidarrmetadata.embedded import valkey as valkey_server
from lidarrmetadata.embedded.account import service_account
from lidarrmetadata.embedded.binaries import Places, find_valkey
from lidarrmetadata.embedded.folder import DataFolder
from lidarrmetadata.resilience import Rate, RateLimited, RedisRateLimiter, SystemClock
from lidarrmetadata.resilience.limit import NAMESPACE, REDIS_SECONDS
from tests.clock import ManualClock
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from lidarrmetadata.resilience import Clock

TWO_A_MINUTE = Rate(requests=2, seconds=60)
PATIENCE = 30.0
ROOT = Path(__file__).parents[2]


class Valkey:
    """A server that comes back at the same address, unlike the one of EmbeddedServices."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder, service_account())
        self.data.prepare()
        self.data.clear_run()
        self.address = valkey_server.choose_address(self.data)
        self.url = self.address.url
        self.start()

    def start(self) -> None:
        program = find_valkey(Places.of_this_machine(), self.data)
        assert program is not None
        self.server = valkey_server.start(self.data, program, self.address)
        self.server.wait_ready()

    def send(self, number: signal.Signals) -> None:
        self.server.process.send_signal(number)

    def kill(self) -> None:
        self.server.process.kill()
        self.server.process.wait()


class Limits:
    """Limiters of one key, each with connections of its own, as if in processes of their own."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.clients: list[Redis] = []
        self.limiters: list[RedisRateLimiter] = []

    def limiter(self, rate: Rate, clock: Clock | None = None) -> RedisRateLimiter:
        client = Redis.from_url(self.url)
        self.clients.append(client)
        made = RedisRateLimiter(client, self.key, rate, clock or SystemClock())
        self.limiters.append(made)
        return made

    async def slots_taken(self) -> int:
        return int(await self.clients[0].zcard(f"{NAMESPACE}{{{self.key}}}"))


@pytest.fixture(scope="module")
def running() -> Iterator[Valkey]:
    folder = new_folder()
    server = Valkey(folder)
    yield server
    server.kill()
    shutil.rmtree(folder)


@pytest.fixture
def valkey(running: Valkey) -> Iterator[Valkey]:
    """The server, running again after the test whatever it went through."""
    yield running
    running.send(signal.SIGCONT)
    if not running.server.is_alive:
        running.start()


@pytest.fixture
async def limits(valkey: Valkey, request: pytest.FixtureRequest) -> AsyncIterator[Limits]:
    made = Limits(valkey.url, request.node.name)
    yield made
    for limiter in made.limiters:
        await limiter.aclose()
    for client in made.clients:
        await client.aclose()


async def refused(limiter: RedisRateLimiter, patience: float = 0) -> int:
    """Seconds until it will be worth asking again."""
    with pytest.raises(RateLimited) as error:
        await limiter.acquire(patience)
    return error.value.retry_after


async def test_all_who_share_a_key_share_its_rate(limits: Limits) -> None:
    one, other = limits.limiter(TWO_A_MINUTE), limits.limiter(TWO_A_MINUTE)
    await one.acquire(0)
    assert one.remaining() == 1
    await other.acquire(0)
    assert other.remaining() == 0
    assert 50 < await refused(one, patience=50) <= 60
    assert 50 < await refused(other, patience=50) <= 60
    assert await limits.slots_taken() == 2
    elsewhere = RedisRateLimiter(limits.clients[0], "other key", TWO_A_MINUTE, SystemClock())
    await elsewhere.acquire(0)


def test_two_processes_together_never_take_more_than_the_rate(valkey: Valkey) -> None:
    command = [sys.executable, "-m", "tests.resilience.taker", valkey.url, "processes", "200"]
    takers = [
        subprocess.Popen(
            [*command, "150"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    counts = [int(taker.communicate(timeout=PATIENCE)[0]) for taker in takers]
    assert sum(counts) == 200
    assert min(counts) >= 50


async def test_who_waits_gets_the_slot_when_its_time_has_come(limits: Limits) -> None:
    rate = Rate(requests=1, seconds=0.15)
    one, other = limits.limiter(rate), limits.limiter(rate)
    started = time.monotonic()
    await one.acquire(0)
    await asyncio.gather(other.acquire(PATIENCE), other.acquire(PATIENCE))
    assert time.monotonic() - started >= 2 * rate.seconds


async def test_a_newcomer_is_refused_at_once_if_those_before_it_take_its_time(
    limits: Limits,
) -> None:
    rate = Rate(requests=1, seconds=100)
    one, other = limits.limiter(rate), limits.limiter(rate)
    await one.acquire(0)
    waiting = [asyncio.create_task(other.acquire(250)) for _ in range(2)]
    await ManualClock().settle()
    assert 290 < await refused(other, patience=250) <= 300
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert 90 < await refused(other, patience=50) <= 100
    assert await limits.slots_taken() == 1


async def test_whoever_waits_is_told_when_its_own_slot_comes_free(limits: Limits) -> None:
    limiter = limits.limiter(Rate(requests=3, seconds=100))
    ages = {"a": 80, "b": 50, "c": 10}
    taken = {slot: (time.time() - age) * 1_000_000 for slot, age in ages.items()}
    await limits.clients[0].zadd(f"{NAMESPACE}{{{limits.key}}}", taken)
    waiting = []
    for wait in (20, 50, 90, 120):
        assert wait - 5 < await refused(limiter, patience=wait - 5) <= wait
        waiting.append(asyncio.create_task(limiter.acquire(patience=wait + 5)))
        await ManualClock().settle()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_goes_away_while_redis_answers_takes_no_slot(
    limits: Limits, valkey: Valkey
) -> None:
    limiter = limits.limiter(TWO_A_MINUTE)
    await limiter.acquire(0)
    await limits.clients[0].config_resetstat()
    valkey.send(signal.SIGSTOP)
    asking = asyncio.create_task(limiter.acquire(0))
    await ManualClock().settle()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    valkey.send(signal.SIGCONT)
    await limiter.aclose()
    stats = await limits.clients[0].info("commandstats")
    assert stats["cmdstat_zrem"]["calls"] == 1, "the slot was taken and has been given back"
    assert await limits.slots_taken() == 1
    await limiter.acquire(0)


async def test_a_pause_holds_for_everybody_and_is_not_cut_short(limits: Limits) -> None:
    rate = Rate(requests=1000, seconds=1)
    one, other = limits.limiter(rate), limits.limiter(rate)
    one.pause(100)
    await one.aclose()
    assert one.remaining() == 0
    assert 90 < await refused(other, patience=50) <= 100
    other.pause(1)
    await other.aclose()
    assert 90 < await refused(limits.limiter(rate), patience=50) <= 100


async def test_without_redis_the_process_counts_for_itself_and_says_so_once(
    limits: Limits, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lidarrmetadata.resilience")
    clock = ManualClock()
    limiter = limits.limiter(Rate(requests=4, seconds=100), clock)
    await limiter.acquire(0)

    valkey.kill()
    await limiter.acquire(0)
    await limiter.acquire(0)
    await clock.forward(seconds=30)
    await limiter.acquire(0)
    assert await refused(limiter) == 70
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"event=limit_on_its_own key={limits.key} error=")
    assert "Start Redis or mend redis_url" in caplog.messages[0]

    valkey.start()
    await clock.forward(seconds=29)
    await refused(limiter)
    assert len(caplog.messages) == 1, "Redis is left alone for a while"
    await clock.forward(seconds=41)
    await limiter.acquire(0)
    assert caplog.messages[1:] == [f"event=limit_shared_again key={limits.key}"]
    assert await limits.slots_taken() == 1


async def test_a_redis_that_hangs_holds_up_nobody_for_long(
    limits: Limits, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = limits.limiter(TWO_A_MINUTE)
    valkey.send(signal.SIGSTOP)
    started = time.monotonic()
    await asyncio.gather(limiter.acquire(PATIENCE), limiter.acquire(PATIENCE))
    assert time.monotonic() - started < 4 * REDIS_SECONDS
    assert await refused(limiter) > 50
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_redis_that_was_never_there_is_done_without(valkey: Valkey) -> None:
    async with Redis.from_url(f"unix://{valkey.data.run}/nothing.sock") as client:
        limiter = RedisRateLimiter(client, "nowhere", TWO_A_MINUTE, SystemClock())
        await limiter.acquire(0)
        await limiter.acquire(0)
        assert await refused(limiter) > 50


async def test_a_redis_that_has_forgotten_everything_does_not_start_the_count_again(
    limits: Limits,
) -> None:
    limiter = limits.limiter(TWO_A_MINUTE)
    await limiter.acquire(0)
    await limiter.acquire(0)
    await limits.clients[0].flushdb()
    await limits.clients[0].script_flush()
    assert await refused(limiter) > 50
    await limits.limiter(TWO_A_MINUTE).acquire(0)


async def test_slots_from_before_the_clock_was_put_back_keep_nobody_waiting(
    limits: Limits,
) -> None:
    limiter = limits.limiter(TWO_A_MINUTE)
    await limiter.acquire(0)
    in_an_hour = (time.time() + 3600) * 1_000_000
    await limits.clients[0].zadd(f"{NAMESPACE}{{{limits.key}}}", {"a": in_an_hour, "b": in_an_hour})
    await limiter.acquire(0)
    assert await limits.slots_taken() == 2


async def test_redis_keeps_no_more_than_the_rate_and_nothing_for_good(limits: Limits) -> None:
    limiter = limits.limiter(Rate(requests=3, seconds=0.01))
    for _ in range(20):
        await limiter.acquire(PATIENCE)
    assert await limits.slots_taken() <= 3
    deadline = time.monotonic() + PATIENCE
    while await limits.clients[0].keys(f"{NAMESPACE}{{{limits.key}}}*"):
        assert time.monotonic() < deadline
