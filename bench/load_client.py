"""Asks a server as fast as it answers: `python -m bench.load_client`, a process of its own.

A `Job` is a line of JSON on standard input, its `Outcome` one on standard output. What it counts
and times are answers framed by their Content-Length; it looks at their status and their length.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import itertools
import json
import math
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_END = b"\r\n\r\n"
_OK = b"HTTP/1.1 200"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_STUCK = 30.0  # seconds beyond the window in which the last answers have to come


@dataclass(frozen=True)
class Job:
    """What to ask of a port: the paths in turn, over and over or, with `once`, each once.

    Answers count from `warm_up` seconds on, for `seconds`.
    """

    port: int
    paths: Sequence[str]
    gzip: bool
    connections: int
    warm_up: float
    seconds: float
    once: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it. Times are in milliseconds.

    `answers` are those that counted, `all_answers` those of the warm-up too; `client` is the share
    of a processor the client took. Nothing but `fault` is set if something went wrong.
    """

    answers: int = 0
    all_answers: int = 0
    per_second: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    client: float = 0.0
    fault: str = ""


class _Run:
    """One job while it is done."""

    def __init__(self, job: Job) -> None:
        accept = "gzip" if job.gzip else "identity"
        requests = [
            f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{job.port}\r\nAccept: application/json\r\n"
            f"Accept-Encoding: {accept}\r\n\r\n".encode()
            for path in job.paths
        ]
        self._job = job
        self._requests: Iterator[bytes] = iter(requests) if job.once else itertools.cycle(requests)
        self._times: list[float] = []
        self._answers = 0
        self._asking = 0
        self._counts_from = self._until = self._last = self._processor = 0.0
        self._connecting: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def outcome(self) -> Outcome:
        """Do it."""
        job = self._job
        try:
            connections = [await self._connect() for _ in range(job.connections)]
            self._counts_from = self._last = time.perf_counter() + job.warm_up
            self._until = self._counts_from + job.seconds
            for connection in connections:
                connection.ask()
            await asyncio.wait_for(self._over, job.warm_up + job.seconds + _STUCK)
        except OSError as error:
            return Outcome(fault=str(error) or "answers stay out")
        if not self._times:
            return Outcome(fault="no answer came in the time that counts")
        took = self._last - self._counts_from
        times = sorted(self._times)
        p50, p95, p99 = (times[max(0, math.ceil(part * len(times)) - 1)] for part in _PARTS)
        return Outcome(
            answers=len(times),
            all_answers=self._answers,
            per_second=len(times) / took,
            p50=p50 * 1000,
            p95=p95 * 1000,
            p99=p99 * 1000,
            client=(time.process_time() - self._processor) / took,
        )

    async def _connect(self) -> _Connection:
        """One more connection."""
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self), LOOPBACK, self._job.port
        )
        return connection

    def _reconnect(self) -> None:
        """Go on, on a new connection, for one the server has said it closes."""
        task = asyncio.create_task(self._ask_anew())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _ask_anew(self) -> None:
        try:
            connection = await self._connect()
        except OSError as error:
            self.fail(f"a new connection is refused: {error}")
        else:
            connection.ask()
        self._asking -= 1
        self._end_if_idle()

    def next(self) -> bytes | None:
        """The next request, None if there is to be none."""
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        self._asking += request is not None
        return request

    def answered(self, asked: float) -> None:
        """An answer is complete to what was asked at this time."""
        now = time.perf_counter()
        self._answers += 1
        if now < self._counts_from:
            return
        if not self._times:
            self._processor = time.process_time()
        self._times.append(now - asked)
        self._last = now

    def done(self, connection: _Connection, *, closes: bool) -> None:
        """A connection has its answer: let it go on."""
        if closes and time.perf_counter() < self._until:
            self._reconnect()
            return
        connection.ask()
        self._asking -= 1
        self._end_if_idle()

    def fail(self, why: str) -> None:
        """What was measured is worth nothing."""
        if not self._over.done():
            self._over.set_exception(ConnectionError(why))

    def _end_if_idle(self) -> None:
        if not self._asking and not self._over.done():
            self._over.set_result(None)


_PARTS = (0.50, 0.95, 0.99)


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._head = b""
        self._missing = 0  # bytes of the body
        self._asked: float | None = None
        self._closes = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def ask(self) -> None:
        """Send the next request, or end."""
        request = self._run.next()
        if request is None:
            self._asked = None
            self._transport.close()
            return
        self._asked = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(_END)
            if end < 0:
                return
            found = _LENGTH.search(self._head, 0, end)
            if not self._head.startswith(_OK) or found is None:
                self._run.fail(f"an answer is not 200 of known length: {self._head[:300]!r}")
                self._transport.close()
                return
            self._closes = _CLOSE.search(self._head, 0, end) is not None
            self._missing = int(found[1]) - (len(self._head) - end - len(_END))
            self._head = b""
        if self._missing < 0:
            self._run.fail("an answer is longer than it says")
        elif not self._missing and self._asked is not None:
            self._run.answered(self._asked)
            self._asked = None
            if self._closes:
                self._transport.close()
            self._run.done(self, closes=self._closes)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        if self._asked is not None:
            self._run.fail(f"the server closed the connection instead of answering ({error})")


def main() -> None:
    """Do jobs until standard input ends."""
    factory = None
    if importlib.util.find_spec("uvloop"):
        factory = importlib.import_module("uvloop").new_event_loop
    # Told to stop together with everything else on the terminal: whoever gives the jobs says so.
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        for line in sys.stdin:
            outcome = runner.run(_done(Job(**json.loads(line))))
            sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
            sys.stdout.flush()


async def _done(job: Job) -> Outcome:
    return await _Run(job).outcome()


if __name__ == "__main__":
    main()
