"""What sources said is kept, served while it is asked for anew, and never replaced by an outage."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lidarrmetadata.api import records
from lidarrmetadata.api.records import RecordBook
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import ArtistOverviewMixin
from tests import dumps
from tests.api.singers import EVERYBODY, SINGERS, UNHEARD, heard
from tests.clock import START, ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.record import Record
    from tests.conftest import MakeClient
    from tests.internet import Internet

ADA = "artist:ada"
BEN = "artist:ben"
A_MONTH = timedelta(days=30)
A_DAY = timedelta(days=1)
# Longer than a test may take: what is waited for that should not be makes it fail.
ENDLESS = {"ANSWER_BUDGET": 60.0, "FANART_TIMEOUT": 50.0}
SOON = 10.0


class Source(ArtistOverviewMixin):
    """A source that says what it is told to, once it is let."""

    name = "source"
    cache_table = "tadb"

    def __init__(self, says: Mapping[str, Record | None] | Exception) -> None:
        self.says = says
        self.asked: list[list[str]] = []
        self.lets = asyncio.Event()
        self.lets.set()

    async def records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        self.asked.append(list(keys))
        await self.lets.wait()
        if isinstance(self.says, Exception):
            raise self.says
        return {key: self.says[key] for key in keys if key in self.says}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def book(clock: ManualClock) -> AsyncIterator[RecordBook]:
    book = RecordBook(MemoryStore(1 << 20), clock, DefaultConfig.CACHE_TTL)
    yield book
    await book.close()


async def found(book: RecordBook, source: Source, *keys: str) -> dict[str, Record | None]:
    look_up = book.look_up(source, keys)
    async with asyncio.timeout(SOON):
        await look_up.done()
    return look_up.records


async def settled(book: RecordBook, but: int = 0) -> None:
    """Wait until no more than that is under way, the keeping of what was said included."""

    async def no_more() -> bool:
        return book.under_way <= but

    await eventually(no_more)


async def test_what_a_source_said_is_not_asked_for_again_nor_that_it_has_nothing(
    book: RecordBook,
) -> None:
    source = Source({ADA: {"overview": "Ada."}, BEN: None})
    for _ in range(2):
        assert await found(book, source, ADA, BEN) == {ADA: {"overview": "Ada."}, BEN: None}
        await settled(book)
    assert source.asked == [[ADA, BEN]]


async def test_what_it_could_not_say_is_asked_for_again(book: RecordBook) -> None:
    source = Source({ADA: {"overview": "Ada."}})
    assert await found(book, source, ADA, BEN) == {ADA: {"overview": "Ada."}}
    await settled(book)
    source.says = ProviderUnavailable("it is down")
    assert await found(book, source, ADA, BEN) == {ADA: {"overview": "Ada."}}
    await settled(book)
    source.says = {BEN: {"overview": "Ben."}}
    assert (await found(book, source, ADA, BEN))[BEN] == {"overview": "Ben."}
    assert source.asked == [[ADA, BEN], [BEN], [BEN]]


@pytest.mark.parametrize(
    ("record", "lifetime"),
    [
        ({"overview": "Ada."}, A_MONTH),
        (None, A_DAY),
        ({"images": {}, "overview": ""}, A_DAY),
    ],
)
async def test_something_is_kept_for_a_month_and_nothing_for_a_day(
    book: RecordBook, clock: ManualClock, record: Record | None, lifetime: timedelta
) -> None:
    source = Source({ADA: record})
    await found(book, source, ADA)
    await settled(book)
    # Up to a tenth less: what was looked up together is not to grow old together.
    for seconds, times in (
        (0.9 * lifetime.total_seconds() - 1, 1),
        (0.1 * lifetime.total_seconds() + 1, 2),
    ):
        await clock.forward(seconds=seconds)
        await found(book, source, ADA)
        await settled(book)
        assert len(source.asked) == times


async def test_what_is_old_is_served_at_once_and_asked_for_anew_once(
    book: RecordBook, clock: ManualClock
) -> None:
    source = Source({ADA: {"overview": "Young."}})
    await found(book, source, ADA)
    await clock.forward(minutes=31 * 24 * 60)
    source.says = {ADA: {"overview": "Older."}}
    source.lets.clear()
    for _ in range(3):
        assert await found(book, source, ADA) == {ADA: {"overview": "Young."}}
    source.lets.set()
    await settled(book)
    assert await found(book, source, ADA) == {ADA: {"overview": "Older."}}
    assert len(source.asked) == 2


async def test_one_who_knows_is_not_held_up_by_one_who_does_not(book: RecordBook) -> None:
    source = Source({ADA: {"overview": "Ada."}})
    await found(book, source, ADA)
    await settled(book)
    source.lets.clear()
    both = book.look_up(source, [ADA, BEN])
    assert await found(book, source, ADA) == {ADA: {"overview": "Ada."}}
    assert both.records == {ADA: {"overview": "Ada."}}
    assert source.asked == [[ADA], [BEN]]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert all(line.exc_info for line in lines)
    return [line.getMessage() for line in lines]


async def test_a_mistake_in_a_source_holds_nobody_up_and_is_logged_with_its_trace(
    book: RecordBook, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source(RuntimeError("a mistake of ours"))
    assert await found(book, source, ADA) == {}
    await settled(book)
    assert errors(caplog) == ["event=look_up_failed source=source"]
    source.says = {ADA: {"overview": "Ada."}}
    assert await found(book, source, ADA) == {ADA: {"overview": "Ada."}}


async def test_a_mistake_while_nobody_waits_leaves_what_was_known(
    book: RecordBook, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source({ADA: {"overview": "Ada."}})
    await found(book, source, ADA)
    await settled(book)
    await clock.forward(minutes=31 * 24 * 60)
    source.says = RuntimeError("a mistake of ours")
    for times in (1, 2):
        assert await found(book, source, ADA) == {ADA: {"overview": "Ada."}}
        await settled(book)
        assert len(errors(caplog)) == times


async def test_beyond_a_thousand_calls_under_way_no_more_are_made_and_that_is_said_once(
    book: RecordBook, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"artist:{number}" for number in range(records.MOST_AT_ONCE)]
    source = Source({key: {"overview": key} for key in [*keys, ADA, BEN]})
    await found(book, source, ADA)
    await settled(book)
    source.lets.clear()
    waiting = [book.look_up(source, [key]) for key in keys]
    for _ in range(2):
        assert await found(book, source, BEN) == {}
        await settled(book, but=records.MOST_AT_ONCE)
    assert await found(book, source, ADA) == {ADA: {"overview": ADA}}
    assert len(source.asked) == 1 + records.MOST_AT_ONCE
    source.lets.set()
    for look_up in waiting:
        await look_up.done()
    assert await found(book, source, BEN) == {BEN: {"overview": BEN}}
    lines = [line for line in caplog.messages if "look_ups_skipped" in line]
    assert len(lines) == 1


async def test_closing_ends_all_and_lets_go_of_those_who_wait(book: RecordBook) -> None:
    source = Source({})
    source.lets.clear()
    others = asyncio.all_tasks()
    look_up = book.look_up(source, [ADA])
    waiting = asyncio.create_task(look_up.done())
    await asyncio.sleep(0)
    await book.close()
    async with asyncio.timeout(SOON):
        await waiting
    assert look_up.records == {}
    assert asyncio.all_tasks() == others


@pytest.fixture(scope="session")
def cache_databases(postgres: PostgresAddress) -> list[str]:
    """Addresses of empty databases."""

    async def leave_empty(_: asyncpg.Connection) -> None:
        return

    names = ["records_kept", "records_restart"]
    for name in names:
        dumps.create(postgres, name, leave_empty)
    return [postgres.dsn(name) for name in names]


async def kept(address: str, table: str) -> dict[str, timedelta]:
    """How long each entry of a cache table lasts, seen from the beginning of the test's time."""
    connection = await asyncpg.connect(address)
    try:
        rows = await connection.fetch(f"SELECT key, expires FROM lidarrmetadata_cache.{table}")
    finally:
        await connection.close()
    return {row["key"].partition(":")[2]: row["expires"] - START for row in rows}


async def test_what_each_source_said_stands_in_its_table_with_its_lifetime(
    client_of: MakeClient,
    known: Internet,
    settings: dict[str, Any],
    cache_databases: list[str],
) -> None:
    address = cache_databases[0]
    cache = {"CACHE": {"redis_url": "", "postgres_url": address}}
    server = await client_of(ManualClock(), **{**settings, **ENDLESS, **cache})
    known.wikidata.fails_with(503, retry_after=60)
    for singer in (SINGERS[0], UNHEARD):
        await server.artist(singer)

    async def both_are_kept() -> bool:
        return {len(await kept(address, table)) for table in ("fanart", "tadb")} == {2}

    await eventually(both_are_kept)
    for table in ("fanart", "tadb"):
        lasts = await kept(address, table)
        assert 0.9 * A_MONTH <= lasts[SINGERS[0]] <= A_MONTH
        assert 0.9 * A_DAY <= lasts[UNHEARD] <= A_DAY
    assert await kept(address, "wikipedia") == {}


async def test_what_was_said_outlives_the_server_and_an_outage(
    client_of: MakeClient,
    known: Internet,
    settings: dict[str, Any],
    cache_databases: list[str],
) -> None:
    address = cache_databases[1]
    cache = {"CACHE": {"redis_url": "", "postgres_url": address}}
    server = await client_of(ManualClock(), **{**settings, **ENDLESS, **cache})
    artist = await server.artist(SINGERS[0])
    assert heard(artist) == EVERYBODY

    async def all_is_kept() -> bool:
        return all([await kept(address, table) for table in ("fanart", "tadb", "wikipedia")])

    await eventually(all_is_kept)

    await known.down()
    clock = ManualClock()
    await clock.forward(minutes=365 * 24 * 60)
    restarted = await client_of(clock, **{**settings, **ENDLESS, **cache})
    async with asyncio.timeout(SOON):
        assert await restarted.artist(SINGERS[0]) == artist
        assert await restarted.artist(SINGERS[0]) == artist


async def test_old_answers_are_served_while_their_source_hangs_and_after_it_has_failed(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    clock = ManualClock()
    server = await client_of(clock, **{**settings, **ENDLESS})
    artist = await server.artist(SINGERS[0])
    await clock.forward(minutes=31 * 24 * 60)
    known.fanart.hangs()
    known.forget()
    async with asyncio.timeout(SOON):
        for _ in range(3):
            assert await server.artist(SINGERS[0]) == artist

        async def fanart_is_asked() -> bool:
            await clock.forward(seconds=4)  # it is not tried for everybody who asks
            await server.artist(SINGERS[0])
            return known.fanart.total == 1

        await eventually(fanart_is_asked)
        await known.down()
        await clock.forward(seconds=2)  # tried once more, in vain
        assert await server.artist(SINGERS[0]) == artist

        await known.up()
        known.recovers()
        known.facts.artist(SINGERS[0], fanart={"musicbanner": ["https://assets.fanart.tv/new.jpg"]})

        async def fanart_is_heard() -> bool:
            await clock.forward(minutes=31)  # for so long an answer lasts that was not renewed
            return "https://assets.fanart.tv/new.jpg" in str(await server.artist(SINGERS[0]))

        await eventually(fanart_is_heard)
