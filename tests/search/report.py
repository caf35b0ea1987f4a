"""How good search is: `make search-report`.

Asks every question of cases.tsv of each back end, over the large catalogue of real names if the
shared data is there, else over the small one, and prints what share of each kind is answered as
people expect, and each question that is not.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.binaries import Places
from tests import dumps
from tests.folders import new_folder
from tests.search.backends import BACKENDS, outcomes, served
from tests.search.catalogue import all_names, small_names
from tests.search.hostile import bear, hostile_queries
from tests.shared import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.dumps import Database
    from tests.search.backends import Outcome
    from tests.search.catalogue import Names

_SHOWN = 3  # hits of a question that was answered wrongly
_TYPOS = ("one typo", "two typos")


class Report:
    """What one back end made of the cases."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._by_kind: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            self._by_kind[outcome.case.kind].append(outcome)

    @property
    def kinds(self) -> list[str]:
        """Those there are, in the order of cases.tsv."""
        return list(self._by_kind)

    @property
    def without_typos(self) -> tuple[str, ...]:
        """The kinds in which everything is spelled rightly."""
        return tuple(kind for kind in self._by_kind if kind not in _TYPOS)

    def rate(self, *kinds: str) -> float:
        """Which share of these kinds, of all if none is named, is as expected: 0 to 1."""
        asked = self.asked(*kinds)
        return sum(outcome.is_met for outcome in asked) / len(asked)

    def asked(self, *kinds: str) -> list[Outcome]:
        """What was asked, of these kinds or of all."""
        return [outcome for kind in kinds or self.kinds for outcome in self._by_kind[kind]]

    def failures(self, *kinds: str) -> list[str]:
        """What is not as expected, a line each."""
        return [_told(outcome) for outcome in self.asked(*kinds) if not outcome.is_met]


def _told(outcome: Outcome) -> str:
    case = outcome.case
    query = f"{case.query!r} by {case.artist!r}" if case.artist else repr(case.query)
    within = "" if case.within == 1 else f" among the first {case.within}"
    found = " | ".join(outcome.found[:_SHOWN]) or "nothing"
    expected = " | ".join(case.expected)
    return f"{case.kind}, {case.scope}: {query} should find {expected}{within}, and finds {found}"


def table(reports: dict[str, Report]) -> str:
    """The rates by kind and back end, and below them all failures."""
    some = next(iter(reports.values()))
    groups = {kind: (kind,) for kind in some.kinds}
    groups["without typos"] = some.without_typos
    groups["all"] = tuple(some.kinds)
    lines = [f"{'':20}{'cases':>6}" + "".join(f"{backend:>11}" for backend in reports)]
    for label, kinds in groups.items():
        rates = "".join(f"{report.rate(*kinds):>11.1%}" for report in reports.values())
        lines.append(f"{label:20}{len(some.asked(*kinds)):>6}{rates}")
    for backend, report in reports.items():
        lines += ["", f"{backend}: all as expected" if report.rate() == 1 else f"{backend}:"]
        lines += report.failures()
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.search.report", description=__doc__)
    parser.add_argument("--small", action="store_true", help="ask over the small catalogue")
    parser.add_argument(
        "--backend", action="append", choices=BACKENDS, help="ask this one; may be repeated"
    )
    parser.add_argument(
        "--hostile",
        type=int,
        default=0,
        metavar="N",
        help="send so many queries that nobody means, and say how that was borne",
    )
    options = parser.parse_args(arguments)
    data = DATA / "musicbrainz"
    names = small_names() if options.small or not data.is_dir() else all_names(data)
    backends = options.backend or BACKENDS
    sys.stdout.write(table(_reports(names, backends, options.hostile)))


async def _borne(backend: str, database: Database, folder: Path, many: int) -> str:
    async with served(backend, database, folder) as http:
        borne = await bear(http, hostile_queries(many))
    statuses = ", ".join(f"{many} × {status}" for status, many in sorted(borne.statuses.items()))
    return (
        f"{backend}: {many} hostile queries: {statuses}; the slowest took "
        f"{borne.slowest * 1000:.0f} ms ({borne.slowest_query})\n"
    )


def _reports(names: Names, backends: Sequence[str], hostile: int) -> dict[str, Report]:
    reports = {}
    folder = new_folder()
    try:
        places = Places.of_this_machine()
        with EmbeddedServices(folder, valkey=False, places=places) as services:
            assert services.postgres is not None
            database = dumps.create(services.postgres, "names", names.catalogue.write)
            for backend in backends:
                sys.stderr.write(f"asking {backend}\n")
                asked = outcomes(backend, database, names.labels, folder / "search")
                reports[backend] = Report(asyncio.run(asked))
                if hostile:
                    borne = asyncio.run(_borne(backend, database, folder / "hostile", hostile))
                    sys.stdout.write(borne)
    finally:
        shutil.rmtree(folder)
    return reports


if __name__ == "__main__":
    main()
