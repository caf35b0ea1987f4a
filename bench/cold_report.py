"""What was measured with outside services, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.cold import CHAIN, MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cold import ColdResult

SECTIONS = (
    "documents", "linked", "kB", "p50 ms", "p95 ms", f"{CHAIN}×delay", "psql ms", "÷both",
    "ceiling", "requests", "target",
)  # fmt: skip


def cold_row(result: ColdResult) -> tuple[str, ...]:
    """The cells below `SECTIONS`, the case's name before them."""
    documents = len(result.http.values)
    target = result.target
    return (
        f"{result.case.title}, services at {result.delay * 1000:g} ms",
        f"{documents}",
        f"{result.linked}",
        f"{result.size / 1000:,.1f}",
        f"{result.http.p50:,.2f}",
        f"{result.http.p95:,.2f}",
        f"{CHAIN * result.delay * 1000:,.0f}",
        f"{result.psql.p50:,.2f}",
        f"{result.http.p50 / result.least:,.2f}",
        f"{result.ceiling.p50:,.2f}",
        f"{sum(result.requests.values()) / documents:,.1f}",
        "" if target is None else f"p50 ≤ {target:,.0f} ms: {'met' if result.met else 'missed'}",
    )


def cold_remarks(results: Sequence[ColdResult]) -> list[str]:
    """What was asked outside for a document of each case, by service."""
    lines = [f"target with services: p50 ≤ {MOST:g} × ({CHAIN} × delay + psql)"]
    for result in results:
        documents = len(result.http.values)
        each = ", ".join(f"{name} {n / documents:.1f}" for name, n in result.requests.items())
        lines.append(
            f"requests for a {result.case.question.name}, services at {result.delay * 1000:g} ms: "
            f"{each or 'none'}"
        )
    return lines


def cold_case(result: ColdResult) -> dict[str, Any]:
    """A case as an object; times in milliseconds, the delay too."""
    return {
        "name": result.case.question.name,
        "delay": result.delay * 1000,
        "documents": len(result.http.values),
        "linked": result.linked,
        "bytes": result.size,
        "http": result.http.as_json(),
        "psql": result.psql.as_json(),
        "ceiling": result.ceiling.as_json(),
        "requests": dict(result.requests),
        "target_p50": None if result.target is None else round(result.target, 3),
        "met": result.met,
    }
