"""Both books of addresses to purge keep the same promises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import CacheDatabase, CacheUnavailable
from lidarrmetadata.cache.purges import (
    LEASE_SECONDS,
    Claim,
    MemoryPurgeBook,
    PostgresPurgeBook,
    PurgeBook,
)
from tests.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Wait = Callable[[float], Awaitable[None]]

URLS = [f"https://lm.example.org/artist/{number:04}" for number in range(100)]


async def let_pass(database: str, seconds: float) -> None:
    """Have so much time pass for the book in this database."""
    connection = await asyncpg.connect(database)
    await connection.execute(
        "UPDATE lidarrmetadata_cache.purge SET due = due - make_interval(secs => $1)", seconds
    )
    await connection.close()


@pytest.fixture
async def shared(database: str) -> AsyncIterator[PostgresPurgeBook]:
    cache = CacheDatabase(database)
    await cache.open()
    yield PostgresPurgeBook(cache)
    await cache.close()


@pytest.fixture(params=["postgres", "memory"])
async def book_and_wait(
    request: pytest.FixtureRequest, database: str, shared: PostgresPurgeBook
) -> tuple[PurgeBook, Wait]:
    if request.param == "postgres":
        return shared, lambda seconds: let_pass(database, seconds)
    clock = ManualClock()
    return MemoryPurgeBook(clock), lambda seconds: clock.forward(seconds=seconds)


@pytest.fixture
def book(book_and_wait: tuple[PurgeBook, Wait]) -> PurgeBook:
    return book_and_wait[0]


@pytest.fixture
def wait(book_and_wait: tuple[PurgeBook, Wait]) -> Wait:
    return book_and_wait[1]


def urls_of(claims: list[Claim]) -> list[str]:
    return sorted(claim.url for claim in claims)


async def test_what_is_asked_for_is_claimed_once_the_first_thirty_first(book: PurgeBook) -> None:
    assert await book.ask(URLS + URLS[:5]) == []
    assert await book.waiting() == 100
    claimed = [urls_of(await book.claim()) for _ in range(5)]
    assert claimed == [URLS[:30], URLS[30:60], URLS[60:90], URLS[90:], []]
    assert await book.waiting() == 100


async def test_what_is_done_is_forgotten(book: PurgeBook, wait: Wait) -> None:
    await book.ask(URLS[:3])
    await book.done(await book.claim(2))
    assert await book.waiting() == 1
    await wait(10 * LEASE_SECONDS)
    assert urls_of(await book.claim()) == URLS[2:3]


async def test_what_is_claimed_and_not_heard_of_is_due_again_after_a_minute(
    book: PurgeBook, wait: Wait
) -> None:
    await book.ask(URLS[:1])
    for tries in (1, 2, 3):
        (claim,) = await book.claim()
        assert claim.tries == tries
        await wait(LEASE_SECONDS - 10)
        assert await book.claim() == []
        await wait(10)


async def test_what_is_asked_for_again_while_it_is_purged_stays_and_is_due(
    book: PurgeBook, wait: Wait
) -> None:
    await book.ask(URLS[:2])
    first = await book.claim()
    await book.ask(URLS[:1])
    await book.done(first)
    (again,) = await book.claim()
    assert (again.url, again.tries) == (URLS[0], 1)
    await book.ask(URLS[:1])
    await book.put_off([again], 600)
    await book.put_back([again])
    (once_more,) = await book.claim()
    await book.done([once_more])
    await wait(10 * LEASE_SECONDS)
    assert await book.claim() == []
    assert await book.waiting() == 0


async def test_what_is_put_off_is_due_when_it_was_put_off_to(book: PurgeBook, wait: Wait) -> None:
    await book.ask(URLS[:2])
    await book.put_off(await book.claim(), 300)
    await wait(290)
    assert await book.claim() == []
    await wait(10)
    assert [claim.tries for claim in await book.claim()] == [2, 2]


async def test_what_is_put_back_is_the_first_again(book: PurgeBook) -> None:
    await book.ask(URLS)
    await book.claim(2)
    await book.put_back(await book.claim(3))
    assert urls_of(await book.claim(4)) == URLS[2:6]


async def test_nothing_is_no_question(book: PurgeBook) -> None:
    assert await book.ask([]) == []
    await book.done([])
    await book.put_off([], 5)
    await book.put_back([])
    assert await book.claim() == []
    assert await book.close() == []


async def test_twenty_thousand_are_taken_at_once(book: PurgeBook) -> None:
    many = [f"https://lm.example.org/album/{number}" for number in range(20_000)]
    await book.ask(many)
    await book.ask(many)
    assert await book.waiting() == 20_000
    assert len(set(await book.claim(20_000))) == 20_000


async def test_any_number_of_processes_claim_each_address_once(
    database: str, shared: PostgresPurgeBook
) -> None:
    other = CacheDatabase(database)
    await other.open()
    await shared.ask(URLS)
    books = [shared, PostgresPurgeBook(other)] * 10
    claims = await asyncio.gather(*(book.claim(5) for book in books))
    # Who comes while others hold what is first may get less, and never what they hold.
    claimed = [claim.url for some in claims for claim in some]
    assert len(claimed) == len(set(claimed)) >= 5
    while more := await shared.claim():
        claimed += [claim.url for claim in more]
    assert sorted(claimed) == URLS
    await other.close()


async def test_nobody_gets_in_the_way_of_anybody(shared: PostgresPurgeBook) -> None:
    await shared.ask(URLS)

    async def asks(urls: list[str]) -> None:
        for _ in range(20):
            await shared.ask(urls)

    async def purges() -> None:
        for turn in range(20):
            claims = await shared.claim(60)
            await (shared.put_off(claims, -1) if turn % 2 else shared.done(claims[::-1]))

    await asyncio.gather(asks(URLS), asks(URLS[::-1]), asks(URLS[::2]), purges(), purges())
    while claims := await shared.claim():
        await shared.done(claims)
    assert await shared.waiting() == 0


async def test_a_database_that_cannot_answer_says_so() -> None:
    book = PostgresPurgeBook(CacheDatabase("postgresql://nobody@127.0.0.1:1/nothing"))
    for call in (book.ask(URLS), book.claim(), book.waiting()):
        with pytest.raises(CacheUnavailable):
            await call
    assert await book.close() == []


async def test_memory_takes_no_more_than_it_may_and_says_what_it_did_not_take() -> None:
    book = MemoryPurgeBook(ManualClock(), most=3)
    assert await book.ask(URLS[:2]) == []
    assert await book.ask(URLS[:5]) == URLS[3:5]
    assert await book.waiting() == 3
    await book.done(await book.claim(1))
    assert await book.ask(URLS[3:5]) == URLS[4:5]
    assert sorted(await book.close()) == URLS[1:4]
    assert await book.waiting() == 0


async def test_asking_again_and_again_takes_no_more_memory() -> None:
    book = MemoryPurgeBook(ManualClock())
    for _ in range(50):
        await book.ask(URLS)
    assert len(book._turns) == len(URLS)
