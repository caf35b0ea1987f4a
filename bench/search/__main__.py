"""`python -m bench.search`, which is `make bench-search`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from bench import BenchError
from bench.database import own_database
from bench.generator import SHARED, generator_in
from bench.report import Progress
from bench.search.apart import apart
from bench.search.building import build, search_in
from bench.search.catalogue import names_in, some_of
from bench.search.over_http import BACKENDS, measure_over_http
from bench.search.questions import questions
from bench.search.report import IndexReport, http_json, http_table, index_json, index_table
from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.errors import ConfigurationError, EmbeddedError, ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.search.over_http import Searches

INDEX, HTTP = "index", "http"

_BESIDE = Path(__file__).parents[3] / "shared"
_ARTISTS, _ALBUMS = 2_000_000, 3_000_000
_QUESTIONS = 1000
_DATABASE_ARTISTS = 10_000
_SEARCHES = 20
_DELAY = 0.05  # seconds
_TOO_LATE = 1.0  # seconds; after three the server answers without those that it waits for
_SPARE = 2  # times as many artists and albums as questions: not of all can every kind be asked

_DESCRIPTION = """
Measure search: how long the built-in index takes to build over as many names as MusicBrainz
has, what it takes of disk and memory, how long questions take, whether the first hit is the
one that was asked for, and how long searches over HTTP take whose hits nobody has asked for.
"""
_EPILOG = """
examples:
  make bench-search                                   everything, in a quarter of an hour
  python -m bench.search --only index                 the index alone: no database, no server
  python -m bench.search --only http                  searches over HTTP alone
  python -m bench.search --artists 20000 --albums 30000 --only index
                                                      a first look, in seconds
  python -m bench.search --keep /var/tmp/bench        keep names, index and database; the second
                                                      run invents nothing, but builds again
  python -m bench.search --json before.json           numbers to compare with later

Names are invented before anything is timed. bench/README.md says what is measured, and how to
read it.
"""


def run(
    options: argparse.Namespace, progress: Progress
) -> tuple[IndexReport | None, list[Searches]]:
    """Do all that is asked for, and leave nothing running. Raises what `main` turns into a line."""
    # What is missing is better heard of at once.
    program = None if options.only == INDEX else generator_in(options.shared)
    report = None if options.only == HTTP else _index(options, progress)
    if program is None:
        return report, []
    with own_database(
        options.database_artists, program, options.postgres, options.keep, progress
    ) as target:
        return report, measure_over_http(
            target, options.backend, options.searches, options.delay_services, progress
        )


def _index(options: argparse.Namespace, progress: Progress) -> IndexReport:
    with ExitStack() as stack:
        folder = options.keep
        if folder is None:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-"))
            )
        total = options.artists + options.albums
        started = time.monotonic()
        files = names_in(
            folder,
            options.artists,
            options.albums,
            os.cpu_count() or 1,
            lambda done: progress.say(f"inventing names, {100 * done // total} %"),
        )
        inventing = time.monotonic() - started
        many = options.questions
        asked = questions(*some_of(files, _SPARE * many), many)
        index = folder / "search"
        shutil.rmtree(index, ignore_errors=True)
        built = apart(build, files, index, options.memory, total)
        before, searched, after = apart(search_in, index, asked)
    return IndexReport(options.artists, options.albums, inventing, built, before, searched, after)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what the operator has to mend is a message, not a traceback."""
    options = _options(arguments)
    # What was started is stopped again, whichever way this is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Progress() as progress:
            report, searches = run(options, progress)
    except (BenchError, ConfigurationError, EmbeddedError, ProviderUnavailable) as error:
        sys.exit(f"bench.search: {error}")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sys.exit(f"bench.search: something it needs fails: {error or type(error).__name__}")
    except KeyboardInterrupt:
        sys.exit(130)
    numbers = index_json(report) if report else {}
    tables = [index_table(report)] if report else []
    if searches:
        tables.append(http_table(searches))
        numbers["http"] = http_json(searches)
    print("\n\n".join(tables))
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.search",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=[INDEX, HTTP], help="measure nothing else")
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help="keep the data there, and use it again"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the numbers there too")
    index = parser.add_argument_group("the index")
    index.add_argument(
        "--artists", type=_number, default=_ARTISTS, help="how many to invent (%(default)s)"
    )
    index.add_argument(
        "--albums", type=_number, default=_ALBUMS, help="how many to invent (%(default)s)"
    )
    index.add_argument(
        "--questions", type=_number, default=_QUESTIONS, help="of each kind (%(default)s)"
    )
    index.add_argument(
        "--memory",
        metavar="BYTES",
        type=_number,
        default=DefaultConfig.SEARCH_INDEX_MEMORY,
        help="for building, as SEARCH_INDEX_MEMORY (%(default)s)",
    )
    http = parser.add_argument_group("searches over HTTP")
    http.add_argument(
        "--database-artists",
        type=_number,
        default=_DATABASE_ARTISTS,
        help="how many to invent in a database (%(default)s)",
    )
    http.add_argument(
        "--backend", choices=BACKENDS, default=BACKENDS[0], help="what finds names (%(default)s)"
    )
    http.add_argument(
        "--searches", type=_number, default=_SEARCHES, help="with new hits (%(default)s)"
    )
    http.add_argument(
        "--delay-services",
        metavar="SECONDS",
        type=_seconds,
        default=_DELAY,
        help="how late outside services answer (%(default)g)",
    )
    http.add_argument(
        "--postgres",
        choices=["any", "system", "wheel"],
        default="any",
        help="whose PostgreSQL to start: any is the system's, else the wheel's (%(default)s)",
    )
    http.add_argument(
        "--shared",
        metavar="DIR",
        type=Path,
        default=Path(os.environ.get(SHARED) or _BESIDE),
        help=f"where tools/synth-musicbrainz is (environment: {SHARED}; %(default)s)",
    )
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < _TOO_LATE:
        raise argparse.ArgumentTypeError(f"must be from 0 to less than {_TOO_LATE:g}")
    return seconds


if __name__ == "__main__":
    main()
