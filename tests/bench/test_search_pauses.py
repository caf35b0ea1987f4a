from __future__ import annotations

import asyncio
import os
import time

import pytest

from bench import BenchError
from bench.search.apart import Memory, apart
from bench.search.pauses import idle, watched


async def test_a_loop_that_stands_still_is_noticed() -> None:
    with watched() as pauses:
        await asyncio.sleep(0.005)
        time.sleep(0.03)  # noqa: ASYNC251 - that is what is to be noticed
        await asyncio.sleep(0.005)
    assert pauses.longest >= 25


async def test_a_loop_that_waits_does_not_stand_still() -> None:
    started = time.perf_counter()
    assert await idle(0.2) < 150
    assert time.perf_counter() - started >= 0.2


async def test_what_the_loop_computes_itself_is_told_from_what_it_waits_for() -> None:
    with watched() as pauses:
        await asyncio.sleep(0.005)
        time.sleep(0.05)  # noqa: ASYNC251
        await asyncio.sleep(0.005)
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
        await asyncio.sleep(0.005)
    assert pauses.longest >= 45
    assert 19 <= pauses.work < 40


async def test_what_is_over_is_watched_no_more() -> None:
    with watched() as pauses:
        await asyncio.sleep(0.005)
    before = pauses.longest
    time.sleep(0.03)  # noqa: ASYNC251
    await asyncio.sleep(0.005)
    assert pauses.longest == before


def takes(size: int) -> tuple[int, Memory]:
    room = bytearray(os.urandom(1)) * size
    del room
    return os.getpid(), Memory.of_this_process()


def fails() -> None:
    raise BenchError("this is why")


def dies() -> None:
    os._exit(3)


def test_memory_of_work_done_apart_is_its_own() -> None:
    pid, memory = apart(takes, 200_000_000)
    assert pid != os.getpid()
    assert memory.most > 200_000_000
    assert 0 < memory.own <= memory.now < memory.most


def test_what_work_done_apart_raises_is_heard() -> None:
    with pytest.raises(BenchError, match="this is why"):
        apart(fails)


def test_a_process_that_ends_before_its_time_is_an_error_that_says_so() -> None:
    with pytest.raises(BenchError, match="process for dies has ended with 3"):
        apart(dies)
