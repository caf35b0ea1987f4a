"""What was measured, for people and for programs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bench.cases import LARGE_ALBUM
from bench.cold_report import SECTIONS, cold_case, cold_remarks, cold_row
from bench.pages import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from bench.cold import ColdResult
    from bench.measure import Result
    from bench.pages import Pages

MOST_STATEMENTS = 8  # for any document
_CLEAR_LINE = "\r\x1b[K"
_SECTIONS = (
    "documents", "kB", "p50 ms", "p95 ms", "psql ms", "÷psql", "ceiling", "÷ceiling", "statements",
    "target",
)  # fmt: skip


class Progress:
    """What is being done, in one line that is written over; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave an empty line."""
        self.say("")

    def say(self, what: str) -> None:
        """Show this in place of what was shown before."""
        if self._shown:
            sys.stderr.write(f"{_CLEAR_LINE}{what[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()


@dataclass(frozen=True)
class Report:
    """Everything measured in one run.

    `looking_over` counts the statements that the provider adds to one document every half minute,
    to look its database over.
    """

    postgres: str
    artists: int
    results: Sequence[Result]
    cold: Sequence[ColdResult]
    pages: Pages
    looking_over: int

    @property
    def statements(self) -> int:
        """Most of any document."""
        return max(result.statements for result in self.results)


def table(report: Report) -> str:
    """The report as text."""
    lines = [
        f"{report.artists:,} artists, PostgreSQL {report.postgres}, Python "
        f"{platform.python_version()}, {os.cpu_count()} processors",
        "",
        *_lines([("", *_SECTIONS), *map(_row, report.results)]),
        "",
        *_remarks(report),
    ]
    if report.cold:
        lines += ["", *_lines([("", *SECTIONS), *map(cold_row, report.cold)]), ""]
        lines += cold_remarks(report.cold)
    return "\n".join(lines)


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells below each other: names to the left, numbers to the right, targets as they come."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for name, *cells, target in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:-1], strict=True))
        lines.append(f"{name.ljust(widths[0])}  {'  '.join(numbers)}  {target}".rstrip())
    return lines


def as_json(report: Report) -> dict[str, Any]:
    """The report as an object; times in milliseconds, sizes in bytes."""
    return {
        "artists": report.artists,
        "postgresql": report.postgres,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "cases": [_case(result) for result in report.results],
        "cold": [cold_case(result) for result in report.cold],
        "statements": {
            "most": report.statements,
            "target": MOST_STATEMENTS,
            "met": report.statements <= MOST_STATEMENTS,
            "looking_over": report.looking_over,
        },
        "pages": {
            "ours": report.pages.ours,
            "by_statement": report.pages.by_statement,
            "nested": report.pages.nested,
            "ratio": report.pages.ratio,
            "target": MOST,
            "met": report.pages.ratio <= MOST,
        },
    }


def _row(result: Result) -> tuple[str, ...]:
    target = result.case.question.target
    return (
        result.case.title,
        f"{len(result.case.mbids):,}",
        f"{result.size / 1000:,.1f}",
        f"{result.http.p50:,.2f}",
        f"{result.http.p95:,.2f}",
        f"{result.psql.p50:,.2f}",
        f"{result.http.p50 / result.psql.p50:,.1f}",
        f"{result.ceiling.p50:,.2f}",
        f"{result.http.p50 / result.ceiling.p50:,.1f}",
        f"{result.statements}+{result.others}",
        "" if target is None else f"p50 ≤ {target:g} ms: {_verdict(bool(result.met))}",
    )


def _remarks(report: Report) -> list[str]:
    pages = report.pages
    return [
        f"statements of a document: at most {report.statements}, target ≤ {MOST_STATEMENTS}: "
        f"{_verdict(report.statements <= MOST_STATEMENTS)} (every half minute one document takes "
        f"{report.looking_over} more)",
        f"pages read for the {LARGE_ALBUM.name}: {pages.ours:,}, nested {pages.nested:,}, ratio "
        f"{pages.ratio:.2f}, target ≤ {MOST:.2f}: {_verdict(pages.ratio <= MOST)}",
    ]


def _case(result: Result) -> dict[str, Any]:
    question = result.case.question
    return {
        "name": question.name,
        "documents": len(result.case.mbids),
        "example": result.case.paths[0],
        "unit": question.unit,
        "sizes": result.case.sizes,
        "bytes": result.size,
        "http": result.http.as_json(),
        "psql": result.psql.as_json(),
        "ceiling": result.ceiling.as_json(),
        "statements": result.statements,
        "other_round_trips": result.others,
        "target_p50": question.target,
        "met": result.met,
    }


def _verdict(met: bool) -> str:
    return "met" if met else "missed"
