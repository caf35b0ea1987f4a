"""`python -m bench`, which is `make bench`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from bench import BenchError, servers
from bench.caches import ForgetfulClient, caches
from bench.cases import COLD_COMPILATION, COLD_QUESTIONS, LARGE_ALBUM, QUESTIONS, Case, find_case
from bench.cold import measure_cold
from bench.database import own_database
from bench.generator import SHARED, generator_in
from bench.load import Load, measure_load
from bench.load_report import load_json, load_table
from bench.measure import Client, measure
from bench.pages import Pages, count_pages
from bench.report import Progress, Report, as_json, table
from bench.statements import Document, documents, recorder
from bench.target import Target
from lidarrmetadata.errors import ConfigurationError, EmbeddedError, ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

_BESIDE = Path(__file__).parents[2] / "shared"
_ARTISTS = 100_000
_DOCUMENTS = 200
_REPEAT = 30
_DELAYS = (0.0, 0.05)  # seconds
_TOO_LATE = 1.0  # seconds; after three the server answers without those that it waits for
_LOAD_SECONDS = 3.0  # enough for the second digit
_LONGEST_WINDOW = 30.0
_COLD_DOCUMENTS = 41  # the first of them does not count; two requests each is half a minute's worth
_COLD_COMPILATIONS = 8  # two are all that fanart.tv takes in ten seconds

_DESCRIPTION = """
Measure how long answers take over a large catalogue: over HTTP through the real server,
beside their SQL alone in psql and beside bytes that lie ready. Without options it starts
a PostgreSQL of its own, fills it and removes it again.
"""
_EPILOG = """
examples:
  make bench                                    everything, in a quarter of an hour
  python -m bench --load                        what servers bear, and nothing else
  python -m bench --artists 10000               a smaller catalogue, made in seconds
  python -m bench --keep /var/tmp/bench         keep the catalogue: the second run starts at once
  python -m bench --dsn postgresql://musicbrainz:secret@db.lan/musicbrainz_db
                                                your own mirror; it is only read
  python -m bench --json before.json            numbers to compare with later

bench/README.md says what is measured, and how to read it.
"""


@dataclass(frozen=True)
class Prepared:
    """What is known before anything is timed. All documents are in the database's memory by now."""

    postgres: str
    artists: int
    cases: list[tuple[Case, list[Document]]]
    cold: list[tuple[Case, list[Document]]]
    session: dict[str, str]
    looking_over: int
    pages: Pages


def run(options: argparse.Namespace, progress: Progress) -> tuple[Report | None, Load | None]:
    """Do all that is asked for, and leave nothing running. Raises what `main` turns into a line."""
    with ExitStack() as stack:
        if options.dsn:
            target = Target.of_url(options.dsn)
        else:
            program = generator_in(options.shared)
            target = stack.enter_context(
                own_database(options.artists, program, options.postgres, options.keep, progress)
            )
        report = None if options.only else _measure(target, options, progress)
        load = measure_load(target, options.seconds, progress) if options.seconds else None
    return report, load


def _measure(target: Target, options: argparse.Namespace, progress: Progress) -> Report:
    prepared = asyncio.run(_prepare(target, options, progress))
    progress.say("starting the server")
    session = prepared.session
    results, cold = [], []
    with servers.bare() as bare:
        with (
            caches() as kept,
            servers.product(target, kept=kept) as port,
            ForgetfulClient(port, kept) as server,
            Client(bare) as ready,
        ):
            for case, recorded in prepared.cases:
                progress.say(f"measuring {case.title}")
                results.append(
                    measure(case, recorded, target, session, server, ready, options.repeat)
                )
        for delay in options.delay_services:
            for case, recorded in prepared.cold:
                progress.say(f"measuring {case.title}, cold, services at {delay * 1000:g} ms")
                cold.append(measure_cold(case, recorded, target, session, bare, delay))
    return Report(
        prepared.postgres, prepared.artists, results, cold, prepared.pages, prepared.looking_over
    )


async def _prepare(target: Target, options: argparse.Namespace, progress: Progress) -> Prepared:
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        postgres = await connection.fetchval("SHOW server_version")
        artists = await connection.fetchval("SELECT count(*) FROM artist")
        cases = []
        for question in QUESTIONS:
            progress.say(f"looking for {question.name}")
            cases.append(await find_case(connection, question, options.documents))
        cold_cases = []
        for question in COLD_QUESTIONS if options.delay_services else ():
            progress.say(f"looking for {question.name}")
            many = _COLD_COMPILATIONS if question is COLD_COMPILATION else _COLD_DOCUMENTS
            many = min(many, options.documents + 1)
            cold_cases.append(await find_case(connection, question, many))
    finally:
        await connection.close()
    async with recorder(target) as provider:
        first = cases[0]
        fresh = await provider.document(first.question.route, first.mbids[0])
        recorded, cold = [], []
        for case in cases:
            progress.say(f"reading {case.title}")
            recorded.append((case, await documents(provider, case)))
        for case in cold_cases:
            progress.say(f"reading {case.title}")
            cold.append((case, await documents(provider, case)))
        looking_over = len(fresh.sent) - len(recorded[0][1][0].sent)
        session = provider.session
    progress.say("counting pages")
    album = next(sent[0] for case, sent in recorded if case.question is LARGE_ALBUM)
    pages = await count_pages(target, session, album)
    return Prepared(postgres, artists, recorded, cold, session, looking_over, pages)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what the operator has to mend is a message, not a traceback."""
    options = _options(arguments)
    # What was started is stopped again, whichever way this is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Progress() as progress:
            report, load = run(options, progress)
    except (BenchError, ConfigurationError, EmbeddedError, ProviderUnavailable) as error:
        sys.exit(f"bench: {error}")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sys.exit(f"bench: the database cannot be used: {error or type(error).__name__}")
    except KeyboardInterrupt:
        sys.exit(130)
    numbers = as_json(report) if report else {}
    if report:
        print(table(report))
    if load:
        numbers["load"] = load_json(load)
        print(f"\n{load_table(load)}" if report else load_table(load))
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    catalogue = parser.add_argument_group("the catalogue")
    catalogue.add_argument(
        "--artists", type=_number, default=_ARTISTS, help="how many to invent (%(default)s)"
    )
    catalogue.add_argument("--dsn", metavar="URL", help="measure this MusicBrainz database instead")
    catalogue.add_argument(
        "--postgres",
        choices=["any", "system", "wheel"],
        default="any",
        help="whose PostgreSQL to start: any is the system's, else the wheel's (%(default)s)",
    )
    catalogue.add_argument(
        "--keep", metavar="DIR", type=Path, help="keep the data there, and use it again"
    )
    catalogue.add_argument(
        "--shared",
        metavar="DIR",
        type=Path,
        default=Path(os.environ.get(SHARED) or _BESIDE),
        help=f"where tools/synth-musicbrainz is (environment: {SHARED}; %(default)s)",
    )
    measuring = parser.add_argument_group("measuring")
    measuring.add_argument(
        "--documents", type=_number, default=_DOCUMENTS, help="typical ones to take (%(default)s)"
    )
    measuring.add_argument(
        "--repeat", type=_number, default=_REPEAT, help="times to ask for a large one (%(default)s)"
    )
    measuring.add_argument(
        "--delay-services",
        metavar="SECONDS",
        type=_seconds,
        nargs="*",
        default=_DELAYS,
        help="how late outside services answer, one run for each; without any they are left out "
        "(0 0.05)",
    )
    measuring.add_argument(
        "--seconds",
        type=_window,
        default=_LOAD_SECONDS,
        help="of each window under load; 0 leaves the load out (%(default)g)",
    )
    measuring.add_argument("--only", choices=["load"], help="measure nothing else")
    measuring.add_argument(
        "--load", dest="only", action="store_const", const="load", help="the same as --only load"
    )
    measuring.add_argument("--json", metavar="FILE", type=Path, help="write the numbers there too")
    options = parser.parse_args(arguments)
    if options.only and not options.seconds:
        parser.error("--only load takes more than 0 --seconds")
    return options


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _window(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _LONGEST_WINDOW:
        raise argparse.ArgumentTypeError(f"must be from 0 to {_LONGEST_WINDOW:g}")
    return seconds


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < _TOO_LATE:
        raise argparse.ArgumentTypeError(f"must be from 0 to less than {_TOO_LATE:g}")
    return seconds


if __name__ == "__main__":
    main()
