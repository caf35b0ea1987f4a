"""Hears what others change in the cache's database, for what is kept in this process."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg

from lidarrmetadata.cache.store import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lidarrmetadata.cache.database import CacheDatabase

    Heard = Callable[[str, frozenset[str] | None], None]

log = logging.getLogger(__name__)

_CHANNEL = "lidarrmetadata_cache"
_AGAIN = 1.0  # seconds between two tries to connect
_ASK = 10.0  # seconds of silence after which the database is asked whether it is still there
_ANSWER = 5.0  # seconds it has for that, and to let us in
_BYE = 1.0  # seconds for saying goodbye


class Listener:
    """Calls `heard(table, keys)` for every change, with keys None for "any of them".

    Its connection is its own. Whenever it has got a new one, `heard` is called with None for every
    table: anything may have changed while nobody listened. `heard` must not raise. After `silence`
    seconds the database is asked for a sign of life, and has `answer` seconds to give one. With
    `others_only` what comes through the connections of `database` itself is not heard.
    """

    def __init__(
        self,
        database: CacheDatabase,
        heard: Heard,
        *,
        others_only: bool = False,
        silence: float = _ASK,
        answer: float = _ANSWER,
    ) -> None:
        self._arguments = database.arguments
        self._ours = database.backends if others_only else frozenset[int]()
        self._heard = heard
        self._silence = silence
        self._answer = answer
        self._task: asyncio.Task[None] | None = None
        self._amiss: str | None = None
        self.connected = False
        """Whether changes are being heard. If not, what is kept may be older than the database."""

    async def open(self) -> None:
        """Begin to listen, in the background. A database that is down is tried again for ever."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="cache listener")

    async def close(self) -> None:
        """Listen no more. May be followed by `open`."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _listen(self) -> None:
        while True:
            try:
                await self._hold()
                cause = "the connection was lost"
            except Exception as error:  # deaf for good is worse than anything else
                cause = str(error) or type(error).__name__
            self._say(cause)
            await asyncio.sleep(_AGAIN)

    async def _hold(self) -> None:
        """Listen until the connection is lost. Raises whatever asyncpg raises."""
        lost = asyncio.Event()
        connection = await asyncpg.connect(
            **self._arguments,
            timeout=self._answer,
            command_timeout=self._answer,
            server_settings={"application_name": "lidarr-metadata-listener"},
        )
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._hear)
            self.connected = True
            self._say(None)
            for table in TABLES:
                self._heard(table, None)
            while not (lost.is_set() or connection.is_closed()):
                try:
                    async with asyncio.timeout(self._silence):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1")
        finally:
            self.connected = False
            with suppress(Exception):  # then it is closed all the same
                await connection.close(timeout=_BYE)

    def _hear(self, _connection: object, backend: int, _channel: str, payload: object) -> None:
        if backend in self._ours:
            return
        change = _understood(payload)
        if change is None:
            log.debug("event=cache_change_not_understood payload=%.200r", payload)
        elif change[0] in TABLES:  # else of a newer version
            self._heard(*change)

    def _say(self, amiss: str | None) -> None:
        """Log when changes are heard no more, and when they are again; not at every try."""
        if amiss is None and self._amiss is not None:
            log.info("event=cache_listener_available")
        elif amiss is not None and self._amiss is None:
            log.warning("event=cache_listener_unavailable cause=%r", amiss)
        self._amiss = amiss


def _understood(payload: object) -> tuple[str, frozenset[str] | None] | None:
    """The table and the keys of a notification (sql/cache/0002_changes.sql); None if malformed.

    A key with a backslash stands for one that could not be stored (`keys.storable`), and for which
    one cannot always be told: then it is any of them.
    """
    try:
        message = json.loads(str(payload))
        table, keys = message["table"], message["keys"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(table, str):
        return None
    if keys is None:
        return table, None
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        return None
    if any("\\" in key for key in keys):
        return table, None
    return table, frozenset(keys)
