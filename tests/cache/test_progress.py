"""Work that goes on for ever knows how far it is, and is done by one process at a time."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import CacheDatabase, CacheUnavailable, Progress, Step
from tests.cache.conftest import EARLIER, LATER, NOW
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def progress(database: str) -> AsyncIterator[Progress]:
    made = CacheDatabase(database)
    await made.open()
    yield Progress(made)
    await made.close()


@pytest.fixture
async def elsewhere(database: str) -> AsyncIterator[Progress]:
    """The same as another process has it."""
    made = CacheDatabase(database)
    await made.open()
    yield Progress(made)
    await made.close()


async def test_the_last_step_is_remembered_by_name(progress: Progress) -> None:
    assert await progress.get("changes") is None
    await progress.put("changes", EARLIER, "packet 7")
    await progress.put("warming", LATER)
    first = await progress.get("changes")
    assert first is not None
    assert first == Step(EARLIER, "packet 7", first.finished)
    assert datetime.now(UTC) - timedelta(minutes=1) < first.finished < datetime.now(UTC)
    await progress.put("changes", NOW, "packet 8")
    second = await progress.get("changes")
    assert second is not None
    assert (second.since, second.mark) == (NOW, "packet 8")
    assert second.finished > first.finished


async def test_one_at_a_time_works_alone(progress: Progress, elsewhere: Progress) -> None:
    async with progress.alone("changes") as first, elsewhere.alone("changes") as second:
        assert (first, second) == (True, False)
        async with progress.alone("changes") as again, elsewhere.alone("warming") as other:
            assert (again, other) == (False, True)
        async with elsewhere.alone("changes") as still:
            assert still is False
    for one in (elsewhere, progress, elsewhere):
        async with one.alone("changes") as alone:
            assert alone


async def test_of_many_who_start_at_once_one_works(progress: Progress, elsewhere: Progress) -> None:
    everyone_asked = asyncio.Barrier(6)

    async def ask(one: Progress) -> bool:
        async with one.alone("changes") as alone:
            await everyone_asked.wait()
            return alone

    asked = await asyncio.gather(*(ask(one) for one in [progress, elsewhere] * 3))
    assert sorted(asked) == [False] * 5 + [True]


@pytest.mark.parametrize("error", [ValueError("ours"), TimeoutError("ours"), OSError("ours")])
async def test_errors_of_the_work_come_out_as_they_are_and_it_can_begin_again(
    progress: Progress, elsewhere: Progress, error: Exception
) -> None:
    async def fail(one: Progress) -> None:
        async with one.alone("changes") as alone:
            assert alone
            raise error

    for one in (progress, elsewhere):
        with pytest.raises(type(error), match="ours"):
            await fail(one)


async def test_work_that_is_cancelled_gives_way(progress: Progress, elsewhere: Progress) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with progress.alone("changes"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with elsewhere.alone("changes") as alone:
        assert alone


async def test_who_works_alone_keeps_no_transaction_open(progress: Progress, database: str) -> None:
    observer = await asyncpg.connect(database)
    async with progress.alone("changes"):
        states = await observer.fetch(
            "SELECT state FROM pg_stat_activity WHERE application_name = 'lidarr-metadata-cache' "
            "AND datname = current_database()"
        )
    await observer.close()
    assert {row["state"] for row in states} == {"idle"}


async def test_a_lost_connection_does_not_spoil_the_work(
    progress: Progress, elsewhere: Progress, database: str
) -> None:
    observer = await asyncpg.connect(database)
    async with progress.alone("changes") as alone:
        assert alone
        await observer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
    await observer.close()

    async def another_may() -> bool:
        async with elsewhere.alone("changes") as alone:
            return alone

    await eventually(another_may)


async def test_a_process_that_dies_makes_room_for_the_next(
    progress: Progress, database: str
) -> None:
    program = f"""
import asyncio
from lidarrmetadata.cache import CacheDatabase, Progress
async def main():
    database = CacheDatabase({database!r})
    await database.open()
    async with Progress(database).alone("changes") as alone:
        print(alone, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""

    async def free() -> bool:
        async with progress.alone("changes") as alone:
            return alone

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"True\n"
    assert not await free()
    process.kill()
    await process.communicate()
    await eventually(free)


async def test_a_change_is_seen_once_it_was_noted_at_its_time_or_later(progress: Progress) -> None:
    await progress.note_seen("artist", {"a": NOW, "b": NOW, "c": NOW})
    changes = {"a": EARLIER, "b": NOW, "c": LATER, "d": EARLIER}
    assert await progress.unseen("artist", changes) == {"c", "d"}
    assert await progress.unseen("artist", changes) == {"c", "d"}, "asking notes nothing"
    assert await progress.unseen("album", changes) == set(changes)
    await progress.note_seen("artist", {"a": EARLIER, "c": LATER})
    assert await progress.unseen("artist", {"a": NOW, "c": LATER}) == set()


async def test_changes_of_long_ago_are_forgotten(progress: Progress) -> None:
    await progress.note_seen("artist", {"a": EARLIER, "b": NOW})
    await progress.note_seen("album", {"a": EARLIER})
    await progress.forget_seen(NOW)
    assert await progress.unseen("artist", {"a": EARLIER, "b": NOW}) == {"a"}
    assert await progress.unseen("album", {"a": EARLIER}) == {"a"}


async def test_ten_thousand_changes_are_one_statement_each(
    progress: Progress, elsewhere: Progress
) -> None:
    changes = {f"id {number}": NOW for number in range(10_000)}
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await progress.unseen("artist", changes) == changes.keys()
    await asyncio.gather(
        progress.note_seen("artist", changes),
        elsewhere.note_seen("artist", dict(reversed(changes.items()))),
    )
    assert await progress.unseen("artist", changes) == set()
    await asyncio.gather(
        progress.forget_seen(LATER),
        elsewhere.note_seen("artist", dict.fromkeys(changes, NOW + timedelta(seconds=1))),
    )
    await progress.forget_seen(LATER)
    assert await progress.unseen("artist", changes) == changes.keys()
    assert loop.time() - begun < 10


async def test_no_changes_are_no_question_and_a_database_that_is_away_is_unavailable() -> None:
    nowhere = CacheDatabase("postgresql://nobody@127.0.0.1:1/nothing")
    await nowhere.open()
    progress = Progress(nowhere)
    assert await progress.unseen("artist", {}) == set()
    await progress.note_seen("artist", {})
    for call in (
        progress.get("changes"),
        progress.put("changes", NOW),
        progress.unseen("artist", {"a": NOW}),
        progress.note_seen("artist", {"a": NOW}),
        progress.forget_seen(NOW),
    ):
        with pytest.raises(CacheUnavailable):
            await call
    with pytest.raises(CacheUnavailable):
        async with progress.alone("changes"):
            pytest.fail("nobody gave leave")
    await nowhere.close()
