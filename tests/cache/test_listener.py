"""Whoever keeps entries in its own memory hears what others change."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.cache import TABLES, CacheDatabase, Listener, PostgresStore
from tests.cache.cable import Cable
from tests.cache.conftest import entry
from tests.cache.odd_keys import ODD_KEYS
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress

ANYTHING = {(table, None) for table in TABLES}


class Ear:
    """A listener and what it has heard."""

    def __init__(self, database: str, **seconds: float) -> None:
        self.heard: list[tuple[str, frozenset[str] | None]] = []
        self.listener = Listener(
            CacheDatabase(database), lambda *change: self.heard.append(change), **seconds
        )

    async def hears(self, *changes: tuple[str, frozenset[str] | None]) -> None:
        """Wait until it has heard these, in any order, and nothing else; then forget them."""

        async def enough() -> bool:
            return len(self.heard) >= len(changes)

        await eventually(enough)
        assert set(self.heard) == set(changes)
        assert len(self.heard) == len(changes)
        self.heard.clear()


@asynccontextmanager
async def listening(database: str, **seconds: float) -> AsyncIterator[Ear]:
    ear = Ear(database, **seconds)
    await ear.listener.open()
    try:
        yield ear
    finally:
        await ear.listener.close()


@pytest.fixture
async def other(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def drop_listeners(other: asyncpg.Connection) -> None:
    gone = await other.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'lidarr-metadata-listener'"
    )
    assert len(gone) == 1


async def test_it_begins_with_anything_since_nobody_listened_before(database: str) -> None:
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        assert ear.listener.connected
    assert not ear.listener.connected


async def test_it_hears_which_entries_others_change(database: str, store: PostgresStore) -> None:
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        await store.put_many("artist", {"a": entry(1), "é\n\"'": entry(2)})
        await ear.hears(("artist", frozenset({"a", "é\n\"'"})))
        await store.expire_many("artist", ["a"])
        await ear.hears(("artist", frozenset({"a"})))
        await store.put_many("album", {f"key {number}": entry(number) for number in range(500)})
        await ear.hears(("album", None))


@pytest.mark.parametrize("key", [key for key in ODD_KEYS if len(key) < 1000])
async def test_a_key_that_could_not_be_stored_as_it_is_may_be_any(
    database: str, store: PostgresStore, key: str
) -> None:
    awkward = any(character in key for character in "\\\0\ud800\udfff")
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        await store.put_many("search", {key: entry(1)})
        await ear.hears(("search", None if awkward else frozenset({key})))


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "7",
        '{"table": "artist"}',
        '{"keys": ["a"]}',
        '{"table": ["artist"], "keys": null}',
        '{"table": "artist", "keys": "a"}',
        '{"table": "artist", "keys": ["a", null]}',
        '{"table": "migration", "keys": null}',
        "[" * 7900,
    ],
)
async def test_what_it_does_not_understand_is_nothing(
    database: str,
    store: PostgresStore,
    other: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
    payload: str,
) -> None:
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        with caplog.at_level(logging.INFO):
            await other.execute("SELECT pg_notify('lidarrmetadata_cache', $1)", payload)
            await store.put_many("chart", {"a": entry(1)})
            await ear.hears(("chart", frozenset({"a"})))
        assert ear.listener.connected
    assert "not_understood" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_lost_connection_is_made_anew_and_anything_may_have_changed(
    database: str,
    store: PostgresStore,
    other: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="lidarrmetadata.cache.listener")
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        for number in range(2):
            await drop_listeners(other)
            await ear.hears(*ANYTHING)
            await store.put_many("artist", {"a": entry(number)})
            await store.expire_many("artist", ["a"])
            await ear.hears(("artist", frozenset({"a"})), ("artist", frozenset({"a"})))
    events = [message.split()[0] for message in caplog.messages if "event=" in message]
    assert events == ["event=cache_listener_unavailable", "event=cache_listener_available"] * 2
    assert not any(record.exc_info for record in caplog.records)


async def test_it_says_when_it_is_deaf(database: str, other: asyncpg.Connection) -> None:
    async with listening(database) as ear:
        await ear.hears(*ANYTHING)
        await drop_listeners(other)

        async def deaf() -> bool:
            return not ear.listener.connected

        await eventually(deaf)
        await ear.hears(*ANYTHING)
        assert ear.listener.connected


async def test_a_database_that_is_not_there_yet_is_tried_again_without_many_words(
    postgres: PostgresAddress, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    operator = await asyncpg.connect(postgres.dsn("postgres"))
    name = f"{database.rpartition('/passing')[2].partition('?')[0]}"
    late = f"late{name}"
    with caplog.at_level(logging.INFO):
        async with listening(postgres.dsn(late)) as ear:

            async def tried() -> bool:
                return "event=cache_listener_unavailable" in caplog.text

            await eventually(tried)
            assert not ear.listener.connected
            assert ear.heard == []
            await operator.execute(f"CREATE DATABASE {late} TEMPLATE template0")
            await ear.hears(*ANYTHING)
    assert [message.split()[0] for message in caplog.messages] == [
        "event=cache_listener_unavailable",
        "event=cache_listener_available",
    ]
    await operator.execute(f"DROP DATABASE {late} WITH (FORCE)")
    await operator.close()


async def test_a_wrong_url_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with listening("nonsense"):

        async def tried() -> bool:
            return "event=cache_listener_unavailable" in caplog.text

        await eventually(tried)
    assert len(caplog.messages) == 1


async def test_a_network_that_breaks_in_silence_is_noticed(
    database: str, postgres: PostgresAddress, store: PostgresStore
) -> None:
    cable = Cable(postgres)
    async with (
        cable.plugged_in(database) as url,
        listening(url, silence=0.1, answer=0.2) as ear,
    ):
        await ear.hears(*ANYTHING)
        cable.break_connections()
        await ear.hears(*ANYTHING)
        await store.put_many("artist", {"a": entry(1)})
        await ear.hears(("artist", frozenset({"a"})))


async def test_signs_of_life_keep_the_connection(database: str, other: asyncpg.Connection) -> None:
    async def connected_since() -> list[asyncpg.Record]:
        return await other.fetch(
            "SELECT backend_start, query FROM pg_stat_activity "
            "WHERE application_name = 'lidarr-metadata-listener'"
        )

    async def asked() -> bool:
        return [row["query"] for row in await connected_since()] == ["SELECT 1"]

    async with listening(database, silence=0.01) as ear:
        await ear.hears(*ANYTHING)
        (before,) = await connected_since()
        await eventually(asked)
        (after,) = await connected_since()
        assert after["backend_start"] == before["backend_start"]
        assert ear.heard == []


async def test_it_closes_at_once_and_can_be_opened_again(database: str) -> None:
    ear = Ear(database)
    await ear.listener.close()
    for _ in range(2):
        await ear.listener.open()
        await ear.listener.open()
        await ear.hears(*ANYTHING)
        async with asyncio.timeout(0.5):
            await ear.listener.close()


async def test_it_closes_at_once_while_somebody_lets_it_wait() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.setblocking(False)
        url = f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/cache"
        ear = Ear(url)
        await ear.listener.open()
        accepted, _ = await asyncio.get_running_loop().sock_accept(silent)
        with accepted:
            async with asyncio.timeout(0.5):
                await ear.listener.close()
    assert ear.heard == []
