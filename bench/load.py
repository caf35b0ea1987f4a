"""Answers per second, and what one takes, from each tier of the cache and from bare servers."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench import servers
from bench.asking import asker, own_client
from bench.burst import measure_burst
from bench.caches import caches
from bench.ceilings import PRODUCTS_OWN, ceilings
from bench.hot import candidates, fetch, most_connections, nearest
from bench.load_client import Job
from bench.processes import processor_seconds, resident_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.asking import Asker, OwnClient
    from bench.burst import Burst
    from bench.caches import Caches
    from bench.hot import Hot
    from bench.load_client import Outcome
    from bench.report import Progress
    from bench.servers import Server
    from bench.target import Target

MEMORY, REDIS, POSTGRES, BARE = "memory tier", "Redis hit", "PostgreSQL hit", f"bare {PRODUCTS_OWN}"
"""Where answers come from."""

ENCODINGS = ("plain", "gzip")
CONNECTIONS_AT_ONCE = (1, 16, 64)
ROUNDS = 3
"""Windows of each, in turn with those of the others: the machine wanders meanwhile."""

_WARM_UP = 0.1  # of the time that counts
# A window ends with the copies of its document: each is asked for once. No server gives so many.
_COPIES_PER_SECOND = 4000
_LEAST_COPIES = 500
_TRIES = 20  # requests until a document has to be in Redis


class Point(NamedTuple):
    """What is asked for, and on how many connections."""

    kind: str
    encoding: str
    connections: int


@dataclass(frozen=True)
class Window:
    """One timed window.

    `processor` is what the server took for an answer, in seconds of one processor; `redis` how many
    keys were found in Redis for an answer.
    """

    outcome: Outcome
    processor: float
    redis: float

    @property
    def server(self) -> float:
        """The share of a processor that the server took."""
        return self.processor * self.outcome.per_second


@dataclass(frozen=True)
class Load:
    """Everything measured under load.

    `windows` are by where answers are from, and the point; `idle` and `loaded` are bytes of memory
    of the server with the memory tier, just started and at the end; `connections` are to
    PostgreSQL, most that one server had.
    """

    client: str
    seconds: float
    hot: Mapping[str, Hot]
    windows: Mapping[tuple[str, Point], list[Window]]
    idle: int
    loaded: int
    connections: int
    burst: Burst

    def ratios(self, over: str, under: str) -> list[float]:
        """Answers per second of one to those of the other: the median round of each point."""
        return [
            statistics.median(
                window.outcome.per_second / other.outcome.per_second
                for window, other in zip(windows, self.windows[under, point], strict=True)
            )
            for (source, point), windows in self.windows.items()
            if source == over and (under, point) in self.windows
        ]


def measure_load(target: Target, seconds: float, progress: Progress) -> Load:
    """Measure a database's documents under load, in windows of so many seconds.

    Raises `BenchError`.
    """
    progress.say("looking for documents to load servers with")
    cases = asyncio.run(candidates(target))
    with ExitStack() as stack:
        own = stack.enter_context(own_client())
        burst = measure_burst(target, own, progress)
        asking = stack.enter_context(asker(own))
        kept = stack.enter_context(caches())
        progress.say("making many documents at once")
        # The only server there is meanwhile: so its connections can be told from others.
        with most_connections(target, kept, own, cases) as (tiers, connections):
            hot = {case.question.route: nearest(tiers, case) for case in cases}
            for kind in hot:
                kept.settle(kind)
            memory = stack.enter_context(servers.product_with(target, kept, {}))
            idle = resident_bytes(memory.pid)
            answers = {
                (kind, encoding): fetch(memory, hot[kind].path, encoding)
                for kind in hot
                for encoding in ENCODINGS
            }
            bare = stack.enter_context(ceilings(list(answers.values())))
            loading = _Loading(asking, own, kept, seconds, hot)
            windows: dict[tuple[str, Point], list[Window]] = {}
            for point in (Point(*what, many) for what in answers for many in CONNECTIONS_AT_ONCE):
                ready = f"/{list(answers).index(point[:2])}"
                for number in range(ROUNDS):
                    progress.say(
                        f"loading servers: {point.encoding} {point.kind}, {point.connections} "
                        f"connections, round {number + 1} of {ROUNDS}"
                    )
                    found: dict[str, Window | None] = {
                        MEMORY: loading.one_path(memory, hot[point.kind].path, point),
                        BARE: loading.one_path(bare[0].server, ready, point),
                    }
                    if point.encoding == "gzip":  # as Lidarr asks
                        found[REDIS] = loading.redis(tiers, point)
                        found[POSTGRES] = loading.postgres(tiers, point)
                        for other in bare[1:]:
                            found[other.name] = loading.one_path(other.server, ready, point)
                    for source, window in found.items():
                        if window is not None:
                            windows.setdefault((source, point), []).append(window)
            loaded = resident_bytes(memory.pid)
        return Load(asking.name, seconds, hot, windows, idle, loaded, connections, burst)


class _Loading:
    """Windows, one after the other."""

    def __init__(
        self,
        asking: Asker,
        own: OwnClient,
        kept: Caches,
        seconds: float,
        hot: Mapping[str, Hot],
    ) -> None:
        self._asking = asking
        self._own = own
        self._kept = kept
        self._seconds = seconds
        self._hot = hot
        many = max(_LEAST_COPIES, round(seconds * (1 + _WARM_UP) * _COPIES_PER_SECOND))
        self._copies = {
            kind: [f"/{kind}/{copy}" for copy in kept.copies(kind, each.mbid, many)]
            for kind, each in hot.items()
        }

    def one_path(self, server: Server, path: str, point: Point) -> Window:
        """Ask for one path over and over."""
        return self._window(self._asking, server, [path], point)

    def redis(self, server: Server, point: Point) -> Window | None:
        """Ask a server without a memory tier for what Redis has; None if it gets nothing there."""
        hot = self._hot[point.kind]
        before = self._kept.redis_hits
        for _ in range(_TRIES):
            fetch(server, hot.path, point.encoding)
            if self._kept.redis_hits > before:
                return self.one_path(server, hot.path, point)
        return None

    def postgres(self, server: Server, point: Point) -> Window | None:
        """Ask it for what only PostgreSQL has; None if documents are not kept there."""
        copies = self._copies[point.kind]
        if not copies:
            return None
        self._kept.forget_redis()
        window = self._window(self._own, server, copies, point, once=True)
        self._kept.forget_redis()
        return window

    def _window(
        self, asking: Asker, server: Server, paths: list[str], point: Point, *, once: bool = False
    ) -> Window:
        hits = self._kept.redis_hits
        before = processor_seconds(server.pid)
        asking.begin(
            Job(
                port=server.port,
                paths=paths,
                gzip=point.encoding == "gzip",
                connections=point.connections,
                warm_up=self._seconds * _WARM_UP,
                seconds=self._seconds,
                once=once,
            )
        )
        outcome = asking.end()
        took = processor_seconds(server.pid) - before
        hits = self._kept.redis_hits - hits
        return Window(outcome, took / outcome.all_answers, hits / outcome.all_answers)
