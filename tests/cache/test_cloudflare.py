"""Every address is purged in the end, whatever Cloudflare, the database or the process do."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import CacheDatabase, CacheUnavailable
from lidarrmetadata.cache.cloudflare import CloudflarePurger, addresses
from lidarrmetadata.cache.purges import Claim, MemoryPurgeBook, PostgresPurgeBook, PurgeBook
from tests.cache.test_purges import let_pass
from tests.cache.test_zone import settings
from tests.clock import ManualClock
from tests.eventually import eventually
from tests.internet.cloudflare import TOKEN, Cloudflare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.internet import Internet

    Start = Callable[..., Awaitable[CloudflarePurger]]

URLS = [f"https://lm.example.org/artist/{number:04}" for number in range(35)]
MINUTE = 60.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cloudflare(internet: Internet) -> Cloudflare:
    return internet.service(Cloudflare)


@pytest.fixture
async def shared(database: str) -> AsyncIterator[PostgresPurgeBook]:
    cache = CacheDatabase(database)
    await cache.open()
    yield PostgresPurgeBook(cache)
    await cache.close()


@pytest.fixture
def memory(clock: ManualClock) -> MemoryPurgeBook:
    return MemoryPurgeBook(clock)


@pytest.fixture
async def start(
    internet: Internet,
    clock: ManualClock,
    shared: PostgresPurgeBook,  # closed after the purgers
) -> AsyncIterator[Start]:
    """Opens purgers with a book, and closes them when the test is over."""
    running = []

    async def make(book: PurgeBook, name: str = "one", patience: float = 0.3) -> CloudflarePurger:
        agent = f"LidarrMetadataServer/1.0 ({name})"
        purger = CloudflarePurger(settings(internet), book, clock, agent=agent, timeout=patience)
        await purger.open()
        running.append(purger)
        return purger

    yield make
    for purger in running:
        await purger.close()


async def becomes(holds: Callable[[], bool]) -> None:
    """Wait until this holds, though no time goes by."""

    async def it_holds() -> bool:
        return holds()

    await eventually(it_holds)


async def passes(clock: ManualClock, holds: Callable[[], bool], step: float = 1.0) -> None:
    """Let time go by, `step` seconds at a time, until this holds."""

    async def moved_on() -> bool:
        await clock.forward(seconds=step)
        return holds()

    await eventually(moved_on)


async def emptied(clock: ManualClock, purger: CloudflarePurger) -> None:
    async def nothing_waits() -> bool:
        await clock.forward(seconds=1)
        return await purger.waiting() == 0

    await eventually(nothing_waits)


FAULTS: dict[str, Callable[[Cloudflare], None]] = {
    "too many": lambda it: it.fails_with(429, retry_after=20, times=3),
    "too many, no word of when": lambda it: it.fails_with(429, times=3),
    "overloaded": lambda it: it.fails_with(503, retry_after=20, times=3),
    "broken": lambda it: it.fails_with(500, times=3),
    "token refused": lambda it: it.fails_with(403, times=3),
    "success is false": lambda it: it.refuses(times=3),
    "silent": lambda it: it.hangs(times=2),
    "cut before": lambda it: it.cuts_connection("before", times=3),
    "cut in the headers": lambda it: it.cuts_connection("headers", times=3),
    "cut in the body": lambda it: it.cuts_connection("body", times=3),
    "garbage": lambda it: it.answers_garbage(times=3),
    "html": lambda it: it.answers_html(times=3),
    "nulls": lambda it: it.answers_nulls(times=3),
    "wrong types": lambda it: it.answers_wrong_types(depth=0, times=3),
    "rejected for nothing": lambda it: it.fails_with(400, times=3),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
async def test_every_address_is_purged_in_the_end(
    start: Start,
    shared: PostgresPurgeBook,
    cloudflare: Cloudflare,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[Cloudflare], None],
) -> None:
    caplog.set_level(logging.DEBUG)
    purger = await start(shared)
    fault(cloudflare)
    await purger.purge(URLS)
    await emptied(clock, purger)
    assert sorted(cloudflare.purged) == URLS
    assert len(cloudflare.calls) > 2, "nothing went wrong"
    assert cloudflare.most_at_once == 1
    await becomes(lambda: purger.results["purged"] == len(URLS))
    assert (purger.results["failed"], purger.results["lost"]) == (0, 0)
    assert TOKEN not in caplog.text


async def test_thirty_go_with_a_call(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    purger = await start(shared)
    await purger.purge(URLS)
    await emptied(clock, purger)
    assert [len(files) for files in cloudflare.calls] == [30, 5]


@pytest.mark.parametrize(("said", "obeyed"), [(7, 7), (86400, 3600), (0, 1)])
async def test_it_waits_as_long_as_cloudflare_asks_for_and_no_longer_than_an_hour(
    start: Start,
    memory: MemoryPurgeBook,
    cloudflare: Cloudflare,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    said: int,
    obeyed: int,
) -> None:
    cloudflare.fails_with(429, retry_after=said, times=1)
    purger = await start(memory)
    await purger.purge(URLS)
    await becomes(lambda: "event=purge_delayed" in caplog.text)
    await clock.forward(seconds=obeyed - 0.1)
    await purger.purge(["https://lm.example.org/album/1"])
    await clock.settle()
    assert cloudflare.total == 1
    await clock.forward(seconds=0.1)
    await cloudflare.asked(2)


async def test_it_comes_less_and_less_often_but_every_few_minutes_for_ever(
    start: Start, memory: MemoryPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    cloudflare.fails_with(500)
    purger = await start(memory)
    await purger.purge(URLS[:30])
    asked_at: list[float] = []
    for times in range(1, 15):
        step = 1 if times < 7 else 10
        await passes(clock, lambda times=times: cloudflare.total >= times, step)  # type: ignore[misc]
        asked_at.append(clock.monotonic())
    waits = [after - before for before, after in pairwise(asked_at)]
    assert waits[0] < 10 < waits[5]
    # Clocks go on while a call is made, and what was put off is looked for every half minute.
    assert all(140 <= wait <= 420 for wait in waits[-4:])
    cloudflare.recovers()
    await emptied(clock, purger)
    assert sorted(cloudflare.purged) == URLS[:30]


async def test_the_fifth_failure_is_named_once_and_makes_way_for_the_others(
    start: Start,
    memory: MemoryPurgeBook,
    cloudflare: Cloudflare,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    cloudflare.fails_with(500)
    purger = await start(memory)
    await purger.purge(URLS)
    await passes(clock, lambda: purger.results["failed"] > 0)
    assert cloudflare.calls == [URLS[:30]] * 5
    assert purger.results["failed"] == 30
    (line,) = (line for line in caplog.messages if "purge_failing" in line)
    assert all(url in line for url in URLS[:30])
    assert URLS[30] not in line
    assert "status 500" in line
    await passes(clock, lambda: len(cloudflare.calls) > 5)
    assert cloudflare.calls[5] == URLS[30:]
    await passes(clock, lambda: purger.results["failed"] == 35, step=10)
    assert await purger.waiting() == 35
    cloudflare.recovers()
    await emptied(clock, purger)
    assert sorted(cloudflare.purged) == URLS
    counts = [caplog.text.count(f"event=purge_{word}") for word in ("delayed", "resumed")]
    assert counts == [1, 1]


async def test_a_bad_address_is_found_among_thirty_and_the_others_are_purged(
    start: Start,
    memory: MemoryPurgeBook,
    cloudflare: Cloudflare,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = URLS[17]
    cloudflare.not_ours = {bad}
    purger = await start(memory)
    await purger.purge(URLS)
    await becomes(lambda: purger.results["purged"] == 34)
    assert sorted([*cloudflare.purged, bad]) == URLS
    assert len(cloudflare.calls) <= 12
    assert clock.monotonic() == 0, "the good ones had to wait"
    await passes(clock, lambda: purger.results["failed"] == 1, step=30)
    (line,) = (line for line in caplog.messages if "purge_failing" in line)
    assert f"urls='{bad}'" in line
    assert cloudflare.calls[-4:] == [[bad]] * 4
    cloudflare.not_ours.clear()
    await passes(clock, lambda: bad in cloudflare.purged, step=30)
    await becomes(lambda: purger.results["purged"] == 35)


async def test_several_bad_addresses_keep_no_good_one_from_being_purged(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    cloudflare.not_ours = set(URLS[::3])
    purger = await start(shared)
    await purger.purge(URLS)
    good = [url for url in URLS if url not in cloudflare.not_ours]
    await passes(clock, lambda: purger.results["purged"] == len(good))
    assert sorted(cloudflare.purged) == good
    assert await purger.waiting() == len(cloudflare.not_ours)


async def test_a_zone_that_takes_no_address_at_all_is_not_bombarded(
    start: Start, memory: MemoryPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    cloudflare.not_ours = set(URLS)
    purger = await start(memory)
    await purger.purge(URLS)
    await passes(clock, lambda: clock.monotonic() > 60 * MINUTE, step=20)
    assert cloudflare.total <= 12 * 35
    assert (purger.results["failed"], await purger.waiting()) == (35, 35)


async def test_two_that_share_a_book_purge_each_address_once(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    many = [f"https://lm.example.org/album/{number}" for number in range(300)]
    cloudflare.hangs()
    one, other = await start(shared, patience=10), await start(shared, name="two", patience=10)
    await one.purge(many)
    await other.purge([])
    await cloudflare.asked(2)
    cloudflare.recovers()
    await emptied(clock, one)
    assert sorted(cloudflare.purged) == sorted(many)
    assert cloudflare.most_at_once == 2
    assert len({asked.user_agent for asked in cloudflare.requests}) == 2
    await becomes(lambda: one.results["purged"] + other.results["purged"] == 300)


PROGRAM = """
import asyncio, json, sys
from lidarrmetadata.cache import CacheDatabase
from lidarrmetadata.cache.cloudflare import CloudflarePurger
from lidarrmetadata.cache.purges import PostgresPurgeBook
from lidarrmetadata.resilience import SystemClock
from lidarrmetadata.settings import load_config

async def main(url, settings, urls):
    database = CacheDatabase(url)
    await database.open()
    config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings)
    agent = "LidarrMetadataServer/1.0 (killed)"
    purger = CloudflarePurger(config, PostgresPurgeBook(database), SystemClock(), agent=agent)
    await purger.open()
    await purger.purge(urls)
    await asyncio.Event().wait()

asyncio.run(main(*json.loads(sys.stdin.read())))
"""


async def test_what_a_killed_process_was_purging_is_purged_by_the_next(
    internet: Internet,
    start: Start,
    shared: PostgresPurgeBook,
    database: str,
    cloudflare: Cloudflare,
    clock: ManualClock,
) -> None:
    cloudflare.hangs()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps([database, internet.settings(), URLS]).encode())
    process.stdin.close()
    try:
        await cloudflare.asked(within=20)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    await cloudflare.quiet()
    cloudflare.recovers()
    cloudflare.forget()
    purger = await start(shared)
    await passes(clock, lambda: purger.results["purged"] == 5)
    assert cloudflare.purged == URLS[30:]
    await let_pass(database, MINUTE)
    await emptied(clock, purger)
    assert sorted(cloudflare.purged) == URLS


async def test_what_is_asked_for_while_it_is_being_purged_is_purged_again(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    purger = await start(shared, patience=10)
    cloudflare.hangs()
    await purger.purge(URLS[:2])
    await cloudflare.asked()
    await purger.purge(URLS[:1])
    cloudflare.recovers()
    await emptied(clock, purger)
    assert cloudflare.calls == [URLS[:2], URLS[:1]]


async def test_it_begins_with_what_an_earlier_process_left(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    await shared.ask(URLS)
    await emptied(clock, await start(shared))
    assert sorted(cloudflare.purged) == URLS


async def test_what_others_ask_for_is_noticed_without_a_word(
    start: Start, shared: PostgresPurgeBook, cloudflare: Cloudflare, clock: ManualClock
) -> None:
    purger = await start(shared)
    await purger.purge(URLS[:1])
    await emptied(clock, purger)
    await shared.ask(URLS[1:2])
    await passes(clock, lambda: len(cloudflare.purged) == 2)


async def test_who_cannot_be_heard_for_lack_of_a_database_is_told_and_purging_goes_on_after_it(
    start: Start,
    shared: PostgresPurgeBook,
    database: str,
    cloudflare: Cloudflare,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    purger = await start(shared)
    await purger.purge(URLS[:1])
    await emptied(clock, purger)
    operator = await asyncpg.connect(database)
    await operator.execute("ALTER TABLE lidarrmetadata_cache.purge RENAME TO mislaid")
    with pytest.raises(CacheUnavailable):
        await purger.purge(URLS[1:2])
    with pytest.raises(CacheUnavailable):
        await purger.waiting()
    await passes(clock, lambda: "event=purge_book_unavailable" in caplog.text)
    await operator.execute("ALTER TABLE lidarrmetadata_cache.mislaid RENAME TO purge")
    await operator.close()
    await passes(clock, lambda: "event=purge_book_available" in caplog.text)
    await purger.purge(URLS[1:2])
    await emptied(clock, purger)
    assert cloudflare.purged == URLS[:2]
    assert caplog.text.count("event=purge_book_unavailable") == 1


async def test_what_it_did_not_foresee_does_not_end_it(
    start: Start,
    clock: ManualClock,
    cloudflare: Cloudflare,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class OddBook(MemoryPurgeBook):
        odd = True

        async def claim(self, most: int = 30) -> list[Claim]:
            if self.odd:
                self.odd = False
                raise KeyError("odd")
            return await super().claim(most)

    purger = await start(OddBook(clock))
    await purger.purge(URLS)
    await passes(clock, lambda: len(cloudflare.purged) == 35, step=60)
    assert "event=purge_crashed" in caplog.text


async def test_closing_waits_for_nobody_and_names_what_is_lost_without_a_database(
    internet: Internet,
    memory: MemoryPurgeBook,
    clock: ManualClock,
    cloudflare: Cloudflare,
    caplog: pytest.LogCaptureFixture,
) -> None:
    purger = CloudflarePurger(
        settings(internet), memory, clock, agent="LidarrMetadataServer/1.0", timeout=600
    )
    await purger.open()
    cloudflare.hangs()
    await purger.purge(URLS)
    await cloudflare.asked()
    async with asyncio.timeout(5):
        await purger.close()
    assert purger.results["lost"] == 35
    lines = [line for line in caplog.messages if "event=purge_lost" in line]
    assert len(lines) == 2
    assert all(url in "".join(lines) for url in URLS)


async def test_closing_loses_nothing_that_is_in_the_database(
    start: Start,
    shared: PostgresPurgeBook,
    cloudflare: Cloudflare,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloudflare.hangs()
    purger = await start(shared, patience=600)
    await purger.purge(URLS)
    await cloudflare.asked()
    await purger.close()
    assert await shared.waiting() == 35
    assert purger.results["lost"] == 0
    assert "event=purge_lost" not in caplog.text


async def test_what_does_not_fit_into_memory_is_named_and_counted(
    start: Start, clock: ManualClock, cloudflare: Cloudflare, caplog: pytest.LogCaptureFixture
) -> None:
    purger = await start(MemoryPurgeBook(clock, most=33))
    await purger.purge(URLS)
    assert purger.results["lost"] == 2
    (line,) = (line for line in caplog.messages if "event=purge_lost" in line)
    assert f"urls='{URLS[33]} {URLS[34]}'" in line
    await emptied(clock, purger)
    assert sorted(cloudflare.purged) == URLS[:33]


async def test_one_that_was_never_opened_can_be_closed(internet: Internet) -> None:
    memory = MemoryPurgeBook(ManualClock())
    await CloudflarePurger(settings(internet), memory, ManualClock(), agent="").close()


@pytest.mark.parametrize("missing", ["CLOUDFLARE_ZONE_ID", "CLOUDFLARE_API_TOKEN", "PUBLIC_URL"])
async def test_it_takes_a_zone_a_token_and_an_address_to_purge(
    internet: Internet, missing: str
) -> None:
    assert CloudflarePurger.enabled(settings(internet))
    assert not CloudflarePurger.enabled(settings(internet, **{missing: ""}))


@pytest.mark.parametrize(
    "public_url", ["https://lm.example.org/music", "https://lm.example.org/music/"]
)
def test_an_answer_lies_under_lidarrs_own_prefix_as_well(public_url: str) -> None:
    assert addresses(public_url, "album", "1b022e01-4da6-387b-8658-8678046e4cef") == [
        "https://lm.example.org/music/album/1b022e01-4da6-387b-8658-8678046e4cef",
        "https://lm.example.org/music/api/v0.4/album/1b022e01-4da6-387b-8658-8678046e4cef",
    ]
