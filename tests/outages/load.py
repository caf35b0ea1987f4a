"""Asks a server at times fixed beforehand, whether it answers or not, as many clients do."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from types import TracebackType

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_TYPE = re.compile(rb"\r\ncontent-type: *application/json", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_PATIENCE = 20.0  # seconds until a client gives up
_END = 30.0  # seconds for everything still under way when the load ends


@dataclass(frozen=True)
class Stream:
    """Paths asked for one after the other, so many a second, until they are used up."""

    name: str
    paths: Iterable[str]
    per_second: float


@dataclass(frozen=True)
class Asked:
    """One request. `at` is when it was due by time.monotonic(), `took` what it took from then on.

    `status` is 0 if there was no answer. `is_json` says that there is a JSON body.
    """

    stream: str
    path: str
    at: float
    took: float
    status: int
    retry_after: int | None
    is_json: bool


class Load:
    """Runs in a thread of its own while its `with` block does, as servers start in the main one."""

    def __init__(self, port: int, *streams: Stream) -> None:
        self.asked: list[Asked] = []
        self._port = port
        self._streams = streams
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(_END)
        assert not self._thread.is_alive()

    def goes_on(self, seconds: float) -> None:
        """Let it, for so long."""
        self._thread.join(seconds)
        assert self._thread.is_alive(), "the load has broken down"

    def of(self, stream: str, since: float = 0.0, until: float = float("inf")) -> list[Asked]:
        """What was due in a stretch of time; without an end, once all is answered."""
        return [
            asked for asked in self.asked if asked.stream == stream and since <= asked.at < until
        ]

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as streams:
            for stream in self._streams:
                streams.create_task(self._play(stream))
            streams.create_task(asyncio.to_thread(self._over.wait))
        while self._under_way:
            await asyncio.wait(self._under_way)
        for _, writer in self._idle:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _play(self, stream: Stream) -> None:
        due = time.monotonic()
        for path in stream.paths:
            await asyncio.sleep(due - time.monotonic())
            if self._over.is_set():
                return
            self._begin(self._ask(stream.name, path, due))
            due += 1 / stream.per_second

    def _begin(self, asking: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(asking)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _ask(self, stream: str, path: str, due: float) -> None:
        head, body = b"", b""
        with suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                head, body = await self._exchange(path)
        took = time.monotonic() - due
        status = int(head.split()[1]) if head else 0
        retry = _RETRY.search(head)
        is_json = _TYPE.search(head) is not None and body[:1] == b"{"
        again = int(retry[1]) if retry else None
        self.asked.append(Asked(stream, path, due, took, status, again, is_json))

    async def _exchange(self, path: str) -> tuple[bytes, bytes]:
        reader, writer = await self._connection()
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            assert length is not None, head
            body = await reader.readexactly(int(length[1]))
        except BaseException:
            writer.close()
            raise
        if _CLOSE.search(head):
            writer.close()
        else:
            self._idle.append((reader, writer))
        return head, body

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)


def over_and_over(paths: list[str]) -> Iterator[str]:
    while True:
        yield from paths


def median(asked: list[Asked]) -> float:
    """Seconds."""
    return _parts(asked)[49]


def p99(asked: list[Asked]) -> float:
    """Seconds."""
    return _parts(asked)[98]


def _parts(asked: list[Asked]) -> list[float]:
    return quantiles([one.took for one in asked], n=100, method="inclusive")
