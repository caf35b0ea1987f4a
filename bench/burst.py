"""Many artists asked for at once, of a server that has just started and knows none of them."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import servers
from bench.caches import caches
from bench.cases import COLD_ARTIST, find_case
from bench.cold import Outside
from bench.load_client import Job

if TYPE_CHECKING:
    from bench.asking import OwnClient
    from bench.cases import Case
    from bench.report import Progress
    from bench.target import Target

MOST_P95 = 250.0
"""Milliseconds that 95 of 100 of them may take at most, outside services answering at once."""

_ARTISTS = 20
_STARTS = 3
_SECONDS = 10.0  # much longer than they take


@dataclass(frozen=True)
class Burst:
    """The 95th percentile of each start, in milliseconds, and how many artists that was of."""

    artists: int
    p95: tuple[float, ...]

    @property
    def middle(self) -> float:
        """That of the start in the middle."""
        return sorted(self.p95)[len(self.p95) // 2]

    @property
    def met(self) -> bool:
        """Whether that is within the target."""
        return self.middle <= MOST_P95


def measure_burst(target: Target, own: OwnClient, progress: Progress) -> Burst:
    """Measure it on servers of their own. Raises `BenchError`."""
    case = asyncio.run(_artists(target))
    p95 = []
    for number in range(_STARTS):
        progress.say(
            f"asking a new server for {len(case.paths)} artists, {number + 1} of {_STARTS}"
        )
        with ExitStack() as stack:
            outside = Outside(stack.enter_context(servers.internet(0.0)))
            kept = stack.enter_context(caches())
            port = stack.enter_context(servers.product(target, outside.settings, kept))
            own.begin(Job(port, case.paths, True, len(case.paths), 0.0, _SECONDS, once=True))
            p95.append(own.end().p95)
            outside.asked()  # raises if that was more than services allow
    return Burst(len(case.paths), tuple(p95))


async def _artists(target: Target) -> Case:
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        return await find_case(connection, COLD_ARTIST, _ARTISTS)
    finally:
        await connection.close()
