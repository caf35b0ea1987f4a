"""Searches over HTTP, from the real server: hits that nobody has asked for yet, and the same again.

The catalogue is that of `bench.database`. Names are found in the built-in index, which
`lidarr-metadata search build` makes of it, or in PostgreSQL itself.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from bench import BenchError, servers
from bench.allowance import Allowance
from bench.caches import caches
from bench.cold import Outside
from bench.measure import Client, Times
from lidarrmetadata.mirror.search import create_search
from lidarrmetadata.provider.fanart import FanArtTvProvider
from lidarrmetadata.resilience.limit import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.report import Progress
    from bench.target import Target

COLD, WARM, MEMORY = "cold", "warm", "warm, memory tier"
TARGETS = {COLD: 120.0, WARM: 6.0}
"""Milliseconds that the median may take at most."""

INDEX, POSTGRES = BACKENDS = ("index", "postgres")
"""What finds the names, as the setting `SEARCH_BACKEND` calls it."""

HITS = 10
_WARM_UP = 1  # searches that do not count
_CANDIDATES = 10  # times as many as wanted: several find what another has found
_AGAIN = 5  # times that each is asked for when it is warm
_BUILD_SECONDS = 300.0
_ROOT = Path(__file__).parents[2]
# What of the environment is not about settings of ours, which are to be the defaults.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
# Hits may have two links to Wikimedia each; more than a search takes is waited for, outside times.
_ALLOWED = {
    ("fanart",): (FanArtTvProvider.rate, 2 * HITS),
    ("wikidata", "wikipedia"): (Rate(requests=200, seconds=60), 4 * HITS),
}

# Words that at least so many artists have in their names, in an order without pattern.
_WORDS = f"""
    SELECT word
      FROM artist, regexp_split_to_table(lower(name), '[^a-z]+') AS word
     WHERE length(word) >= 4
     GROUP BY word
    HAVING count(DISTINCT artist.id) >= {HITS}
     ORDER BY md5(word) LIMIT $1"""


@dataclass(frozen=True)
class Searches:
    """What was measured of searches for artists with ten hits each, `delay` seconds outside.

    `requests` is what was asked of outside services, by service. Of the hits `linked` have an
    overview to come from Wikipedia, and `overviews` have one.
    """

    name: str
    delay: float
    times: Times
    size: int
    requests: Mapping[str, int]
    linked: int
    overviews: int

    @property
    def target(self) -> float | None:
        """The median aimed at, in milliseconds."""
        return TARGETS.get(self.name)

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without one."""
        return None if self.target is None else self.times.p50 <= self.target


@dataclass(frozen=True)
class _Answer:
    took: float
    size: int
    hits: list[dict[str, Any]]

    @property
    def ids(self) -> set[str]:
        return {hit["id"] for hit in self.hits}

    @property
    def linked(self) -> list[dict[str, Any]]:
        return [
            hit
            for hit in self.hits
            if any("wikidata.org/" in link["target"] for link in hit["links"])
        ]


def measure_over_http(
    target: Target, backend: str, many: int, delay: float, progress: Progress
) -> list[Searches]:
    """Measure so many searches cold, then warm. Raises `BenchError`.

    `backend` is one of `BACKENDS`; for PostgreSQL the database is given what that needs. A search
    is cold if none of its ten hits was asked for before; outside services answer `delay` seconds
    late.
    """
    paths = asyncio.run(_paths(target, many * _CANDIDATES))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-"))
        progress.say("building the search index")
        if backend == POSTGRES:
            asyncio.run(_give_search(target))
        else:
            _build(target, folder)
        outside = Outside(stack.enter_context(servers.internet(delay)))
        kept = stack.enter_context(caches())
        settings = {**outside.settings, "SEARCH_BACKEND": backend, "SEARCH_INDEX_DIR": folder}
        without_memory = {**settings, "MEMORY_CACHE_BYTES": "0"}
        with (
            servers.product_with(target, kept, without_memory) as server,
            Client(server.port) as client,
        ):
            cold, asked = _cold(client, outside, paths, many, progress)
            found = [_searches(COLD, delay, list(cold.values()), asked)]
            progress.say("searching again")
            found.append(_warm(WARM, delay, client, outside, list(cold)))
        with (
            servers.product_with(target, kept, settings) as server,
            Client(server.port) as client,
        ):
            found.append(_warm(MEMORY, delay, client, outside, list(cold)))
    return found


async def _paths(target: Target, many: int) -> list[str]:
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        words = [row["word"] for row in await connection.fetch(_WORDS, many)]
    finally:
        await connection.close()
    if len(words) <= _WARM_UP:
        raise BenchError(
            f"no {_WARM_UP + 1} words are in the names of {HITS} artists each: the catalogue is "
            "too small to search in"
        )
    return ["/search?" + urlencode({"type": "artist", "query": word}) for word in words]


async def _give_search(target: Target) -> None:
    """Have the database find names as the catalogues do that the server makes."""
    connection = await target.connect({})
    try:
        await create_search(connection)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _build(target: Target, folder: str) -> None:
    command = [sys.executable, "-m", "lidarrmetadata", "search", "build"]
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "LIDARR_METADATA_CONFIG": "DEFAULT",
        "DATA_DIR": folder,
        "SEARCH_INDEX_DIR": folder,
        "PROVIDERS": "musicbrainz_db",
        **target.server_environment,
    }
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"no search index was built in {_BUILD_SECONDS:g} s") from error
    if done.returncode:
        raise BenchError(f"{' '.join(command[1:])} has failed:\n{done.stderr.strip()}")


def _cold(
    client: Client, outside: Outside, paths: Sequence[str], many: int, progress: Progress
) -> tuple[dict[str, _Answer], dict[str, int]]:
    """Searches that found ten artists whom none before had found, and what was asked outside."""
    allowances = {names: (Allowance(rate), at_most) for names, (rate, at_most) in _ALLOWED.items()}
    seen: set[str] = set()
    cold: dict[str, _Answer] = {}
    asked: dict[str, int] = {}
    for number, path in enumerate(paths):
        if len(cold) == many:
            break
        progress.say(f"searching over HTTP, {len(cold)} of {many} cold")
        now = time.monotonic()
        time.sleep(max(one.seconds_until(most, now) for one, most in allowances.values()))
        before = outside.asked()
        answer = _ask(client, path)
        after = outside.asked()
        now = time.monotonic()
        made = {name: after[name] - before[name] for name in after}
        for names, (allowance, _) in allowances.items():
            allowance.made(sum(made[name] for name in names), now)
        if number >= _WARM_UP and len(answer.hits) == HITS and seen.isdisjoint(answer.ids):
            cold[path] = answer
            asked = {name: asked.get(name, 0) + count for name, count in made.items()}
        seen |= answer.ids
    if not cold:
        raise BenchError(f"no search for a word that {HITS} artists have found {HITS} new ones")
    return cold, asked


def _warm(
    name: str, delay: float, client: Client, outside: Outside, paths: Sequence[str]
) -> Searches:
    for path in paths:
        _ask(client, path)
    before = outside.asked()
    answers = [_ask(client, path) for path in [*paths] * _AGAIN]
    after = outside.asked()
    made = {service: after[service] - before[service] for service in after}
    return _searches(name, delay, answers, made)


def _searches(
    name: str, delay: float, answers: Sequence[_Answer], asked: Mapping[str, int]
) -> Searches:
    sizes = sorted(answer.size for answer in answers)
    linked = [hit for answer in answers for hit in answer.linked]
    return Searches(
        name,
        delay,
        Times(tuple(answer.took for answer in answers)),
        sizes[len(sizes) // 2],
        {service: count for service, count in asked.items() if count},
        len(linked),
        sum(bool(hit["overview"]) for hit in linked),
    )


def _ask(client: Client, path: str) -> _Answer:
    took, body = client.get(path)
    hits = orjson.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    if not isinstance(hits, list):
        raise BenchError(f"{path} is answered with something other than a list")
    return _Answer(took, len(body), hits)
