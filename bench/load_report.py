"""What was measured under load, for people and for programs."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.burst import MOST_P95
from bench.load import BARE, MEMORY, POSTGRES, REDIS, ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.load import Load, Point, Window

MOST_CONNECTIONS = 20  # to PostgreSQL, of one process
MOST_IDLE = 120_000_000  # bytes of memory of a worker that has answered nothing yet
LEAST_OF_BARE = 0.8  # of the bare server's answers per second, for the memory tier
LEAST_OF_POSTGRES = 8.0  # times those from PostgreSQL
# Above this share of a processor whoever takes it cannot go faster: the rest is the system's.
_SATURATED = 0.9
_COLUMNS = ("answers/s", "least", "most", "p50 ms", "p99 ms", "CPU µs", "server", "client", "÷bare")
_MIB = 1 << 20


@dataclass(frozen=True)
class Check:
    """A target: what was measured, in words, and whether it is met; None if it could not be."""

    what: str
    value: float | None
    target: str
    met: bool | None

    @property
    def line(self) -> str:
        """For people."""
        verdict = {True: "met", False: "missed", None: "not measured"}[self.met]
        return f"{self.what}, target {self.target}: {verdict}"


def load_table(load: Load) -> str:
    """The report as text."""
    sizes = ", ".join(f"{kind} {each.size / 1000:.1f} kB" for kind, each in load.hot.items())
    lines = [
        f"under load, {ROUNDS} rounds of {load.seconds:g} s each, medians; {sizes} before "
        f"compression; asked by {load.client}"
    ]
    for point in dict.fromkeys(point for _, point in load.windows):
        rows = [
            (source, *_cells(load, point, windows))
            for (source, at), windows in load.windows.items()
            if at == point
        ]
        many = f"{point.connections} connection{'s' if point.connections > 1 else ''}"
        lines += ["", *_lines([(f"{point.kind}, {point.encoding}, {many}", *_COLUMNS), *rows])]
    return "\n".join([*lines, "", *(each.line for each in checks(load)), *_remarks(load)])


def load_json(load: Load) -> dict[str, Any]:
    """The report as an object; times in milliseconds, sizes in bytes."""
    return {
        "client": load.client,
        "seconds": load.seconds,
        "rounds": ROUNDS,
        "documents": {
            kind: {"path": each.path, "bytes": each.size} for kind, each in load.hot.items()
        },
        "points": [
            {
                "source": source,
                **point._asdict(),
                "windows": [_window(window) for window in windows],
            }
            for (source, point), windows in load.windows.items()
        ],
        "memory": {"idle": load.idle, "loaded": load.loaded},
        "connections": load.connections,
        "processor_ratio": round(_processor_ratio(load), 3),
        "burst": {"artists": load.burst.artists, "p95": load.burst.p95},
        "targets": [
            {"what": each.what, "value": each.value, "target": each.target, "met": each.met}
            for each in checks(load)
        ],
    }


def checks(load: Load) -> list[Check]:
    """The targets."""
    burst = load.burst
    return [
        _ratio(load, BARE, LEAST_OF_BARE),
        _ratio(load, POSTGRES, LEAST_OF_POSTGRES),
        Check(
            f"memory of a worker: {load.idle / _MIB:.0f} MiB idle, {load.loaded / _MIB:.0f} MiB "
            "after the load",
            load.idle,
            f"idle ≤ {MOST_IDLE / 1_000_000:.0f} MB",
            load.idle <= MOST_IDLE,
        ),
        Check(
            f"connections of one process to PostgreSQL: {load.connections}",
            load.connections,
            f"≤ {MOST_CONNECTIONS}",
            load.connections <= MOST_CONNECTIONS,
        ),
        Check(
            f"first {burst.artists} cold artists at once after the start: p95 "
            f"{burst.middle:.0f} ms ({', '.join(f'{p95:.0f}' for p95 in burst.p95)})",
            burst.middle,
            f"≤ {MOST_P95:g} ms",
            burst.met,
        ),
    ]


def _ratio(load: Load, other: str, least: float) -> Check:
    ratios = load.ratios(MEMORY, other)
    what, target = f"{MEMORY} ÷ {other}", f"≥ {least:g}"
    if not ratios:
        return Check(what, None, target, None)
    middle = statistics.median(ratios)
    return Check(
        f"{what}: {middle:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        middle,
        target,
        middle >= least,
    )


def _remarks(load: Load) -> list[str]:
    """What the numbers cannot say themselves."""
    lines = [f"CPU for an answer, {MEMORY} ÷ {BARE}: {_processor_ratio(load):.2f}"]
    lines += [
        f"there is no {source}: documents are not kept there"
        for source in (REDIS, POSTGRES)
        if not any(of == source for of, _ in load.windows)
    ]
    by_client = [
        f"{source}, {point.encoding} {point.kind} on {point.connections}"
        for (source, point), windows in load.windows.items()
        if _median(windows, lambda window: window.outcome.client) >= _SATURATED
        and _median(windows, lambda window: window.server) < _SATURATED
    ]
    if by_client:
        lines.append(f"the client could not ask faster: {'; '.join(by_client)}")
    return lines


def _processor_ratio(load: Load) -> float:
    """The point in the middle; unlike answers a second the client has no part in it."""
    return statistics.median(
        _median(windows, lambda window: window.processor)
        / _median(load.windows[BARE, point], lambda window: window.processor)
        for (source, point), windows in load.windows.items()
        if source == MEMORY
    )


def _cells(load: Load, point: Point, windows: Sequence[Window]) -> tuple[str, ...]:
    rates = [window.outcome.per_second for window in windows]
    bare = [window.outcome.per_second for window in load.windows[BARE, point]]
    ratio = statistics.median(rate / other for rate, other in zip(rates, bare, strict=False))
    return (
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}",
        f"{max(rates):,.0f}",
        f"{_median(windows, lambda window: window.outcome.p50):,.2f}",
        f"{_median(windows, lambda window: window.outcome.p99):,.2f}",
        f"{_median(windows, lambda window: window.processor) * 1e6:,.0f}",
        f"{_median(windows, lambda window: window.server):.0%}",
        f"{_median(windows, lambda window: window.outcome.client):.0%}",
        f"{ratio:.2f}",
    )


def _median(windows: Sequence[Window], number: Callable[[Window], float]) -> float:
    return statistics.median(map(number, windows))


def _window(window: Window) -> dict[str, float]:
    outcome = window.outcome
    return {
        "answers": outcome.answers,
        "per_second": round(outcome.per_second, 1),
        "p50": round(outcome.p50, 3),
        "p95": round(outcome.p95, 3),
        "p99": round(outcome.p99, 3),
        "processor_microseconds": round(window.processor * 1e6, 1),
        "client_processor": round(outcome.client, 3),
        "redis_hits": round(window.redis, 3),
    }


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [
                name.ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)),
            ]
        )
        for name, *cells in rows
    ]
