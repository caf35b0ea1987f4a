"""What was measured of search, for people and for programs."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.search.asking import MOST_PAUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.search.apart import Memory
    from bench.search.asking import Row, Searched
    from bench.search.over_http import Searches

MOST_BUILD_SECONDS = 240.0
MOST_DISK = 1_200_000_000
"""Bytes."""

_COLUMNS = (
    "at a time", "questions", "p50 ms", "p99 ms", "max ms", "CPU ms", "pause ms", "work ms",
    "found first", "failed", "target",
)  # fmt: skip
_HTTP_COLUMNS = (
    "searches", "kB", "p50 ms", "p95 ms", "max ms", "requests", "overviews", "target",
)  # fmt: skip
_MB = 1e6
_PERCENT = 100


@dataclass(frozen=True)
class Built:
    """What building took: seconds in all, and those of reading the names; bytes of disk and memory.

    `processor` is how many seconds of one it took, all threads together. `disk` is what the index
    has in the end, `most_disk` the most it had meanwhile.
    """

    seconds: float
    processor: float
    reading: float
    disk: int
    most_disk: int
    memory: Memory


@dataclass(frozen=True)
class IndexReport:
    """What was measured of the index alone; times in seconds.

    `before` and `after` searching is the memory of the process that does nothing else.
    """

    artists: int
    albums: int
    inventing: float
    built: Built
    before: Memory
    searched: Searched
    after: Memory


def index_table(report: IndexReport) -> str:
    """The report as text."""
    built, before, after = report.built, report.before, report.after
    searched = report.searched
    lines = [
        f"{report.artists:,} artists and {report.albums:,} albums, Python "
        f"{platform.python_version()}, {os.cpu_count()} processors; names made beforehand in "
        f"{report.inventing:,.0f} s",
        "",
        f"build: {built.seconds:,.1f} s, of which {built.reading:,.1f} s reading the names, "
        f"{built.processor:,.1f} s of CPU, target ≤ {MOST_BUILD_SECONDS:g} s: "
        f"{_verdict(built.seconds <= MOST_BUILD_SECONDS)}",
        f"disk: {built.disk / 1e9:,.3f} GB, {built.most_disk / 1e9:,.3f} GB at most while building,"
        f" target ≤ {MOST_DISK / 1e9:g} GB: {_verdict(built.disk <= MOST_DISK)}",
        f"memory of the build: {_memory(built.memory)}, {built.memory.most / _MB:,.0f} MB at most",
        f"memory before searching: {_memory(before)}",
        f"memory after searching: {_memory(after)}",
        f"longest pause of the event loop: {searched.pause:.1f} ms more than the "
        f"{searched.idle:.1f} ms of an idle one (own work {searched.work:.1f} ms), "
        f"target ≤ {MOST_PAUSE:g} ms: {_verdict(searched.pause <= MOST_PAUSE)}",
        "",
        *_lines([("", *_COLUMNS), *map(_row, searched.rows)]),
    ]
    return "\n".join(lines)


def index_json(report: IndexReport) -> dict[str, Any]:
    """The report as an object; times in seconds, those of searches in milliseconds."""
    built, searched = report.built, report.searched
    return {
        "artists": report.artists,
        "albums": report.albums,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "inventing": round(report.inventing, 3),
        "build": {
            "seconds": round(built.seconds, 3),
            "processor": round(built.processor, 3),
            "reading": round(built.reading, 3),
            "target": MOST_BUILD_SECONDS,
            "met": built.seconds <= MOST_BUILD_SECONDS,
            "memory": _memory_json(built.memory),
        },
        "disk": {
            "bytes": built.disk,
            "most_bytes": built.most_disk,
            "target": MOST_DISK,
            "met": built.disk <= MOST_DISK,
        },
        "memory": {"before": _memory_json(report.before), "after": _memory_json(report.after)},
        "pause": {
            "longest": round(searched.pause, 3),
            "idle": round(searched.idle, 3),
            "work": round(searched.work, 3),
            "target": MOST_PAUSE,
            "met": searched.pause <= MOST_PAUSE,
        },
        "searches": [_row_json(row) for row in searched.rows],
    }


def http_table(results: Sequence[Searches]) -> str:
    """What was measured over HTTP, as text."""
    return "\n".join(_lines([("over HTTP", *_HTTP_COLUMNS), *map(_http_row, results)]))


def http_json(results: Sequence[Searches]) -> list[dict[str, Any]]:
    """What was measured over HTTP, as objects; times in milliseconds, the delay too."""
    return [
        {
            "name": result.name,
            "delay": result.delay * 1000,
            "http": {**result.times.as_json(), "max": round(max(result.times.values), 3)},
            "bytes": result.size,
            "requests": dict(result.requests),
            "linked": result.linked,
            "overviews": result.overviews,
            "target_p50": result.target,
            "met": result.met,
        }
        for result in results
    ]


def _row(row: Row) -> tuple[str, ...]:
    times = row.times
    return (
        row.kind.value,
        f"{row.at_once}",
        f"{len(times.values):,}",
        f"{times.p50:,.2f}",
        f"{times.percentile(99):,.2f}",
        f"{max(times.values):,.2f}",
        f"{row.processor:,.2f}",
        f"{row.pause:,.1f}",
        f"{row.work:,.1f}",
        f"{_PERCENT * row.found / row.judged:.1f} %" if row.judged else "",
        f"{row.failed}",
        _targets(row),
    )


def _targets(row: Row) -> str:
    named = zip(("p50", "p99"), row.kind.targets, strict=True)
    limits = " ".join(f"{name} ≤ {most:g} ms" for name, most in named if most is not None)
    return f"{limits}: {_verdict(bool(row.met))}" if limits else ""


def _row_json(row: Row) -> dict[str, Any]:
    p50, p99 = row.kind.targets
    return {
        "kind": row.kind.value,
        "at_once": row.at_once,
        "times": {
            **row.times.as_json(),
            "p99": round(row.times.percentile(99), 3),
            "max": round(max(row.times.values), 3),
        },
        "processor": round(row.processor, 3),
        "pause": round(row.pause, 3),
        "work": round(row.work, 3),
        "found": row.found,
        "judged": row.judged,
        "failed": row.failed,
        "target_p50": p50,
        "target_p99": p99,
        "met": row.met,
    }


def _http_row(result: Searches) -> tuple[str, ...]:
    searches = len(result.times.values)
    return (
        f"{result.name}, services at {result.delay * 1000:g} ms",
        f"{searches}",
        f"{result.size / 1000:,.1f}",
        f"{result.times.p50:,.2f}",
        f"{result.times.p95:,.2f}",
        f"{max(result.times.values):,.2f}",
        f"{sum(result.requests.values()) / searches:,.1f}",
        f"{result.overviews} of {result.linked}",
        ""
        if result.target is None
        else f"p50 ≤ {result.target:g} ms: {_verdict(bool(result.met))}",
    )


def _memory(memory: Memory) -> str:
    return f"{memory.now / _MB:,.0f} MB, {memory.own / _MB:,.0f} MB of it not files"


def _memory_json(memory: Memory) -> dict[str, int]:
    return {"most": memory.most, "now": memory.now, "own": memory.own}


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells below each other: names to the left, numbers to the right, targets as they come."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for name, *cells, target in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:-1], strict=True))
        lines.append(f"{name.ljust(widths[0])}  {'  '.join(numbers)}  {target}".rstrip())
    return lines


def _verdict(met: bool) -> str:
    return "met" if met else "missed"
