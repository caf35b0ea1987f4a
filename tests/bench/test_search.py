"""The benchmark of search as it is run, at a size at which it takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.report import Progress
from bench.search.over_http import COLD, HITS, INDEX, MEMORY, WARM, measure_over_http
from bench.search.questions import Kind
from bench.search.report import http_json, http_table
from bench.target import Target
from tests import dumps
from tests.catalogue.builder import Catalogue

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress

ROOT = Path(__file__).parents[2]
LINKED = "https://www.wikidata.org/wiki/Q11649"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.search", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def choirs(postgres: PostgresAddress) -> Target:
    """Three words with which eleven artists each are named."""
    catalogue = Catalogue()
    for word in ("Amber", "Choirs", "Motel"):
        for number in range(HITS + 1):
            artist = catalogue.artist(f"{word} {chr(ord('a') + number) * 3}")
            catalogue.link(artist, f"{LINKED}{number}")
            album = catalogue.release_group(artist, f"{artist.name} sings")
            medium = catalogue.medium(catalogue.release(album, dates={"GB": "2003-07-09"}))
            catalogue.track(medium, f"{artist.name} hums")
    at = dumps.create(postgres, "bench_search", catalogue.write)
    return Target(**at)  # type: ignore[arg-type]


def test_the_index_is_built_and_asked(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    done = bench(
        *("--only", "index", "--artists", "300", "--albums", "450", "--questions", "20"),
        *("--json", str(file), "--keep", str(tmp_path / "kept")),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    numbers = json.loads(file.read_text())
    assert (numbers["artists"], numbers["albums"]) == (300, 450)
    assert 0 < numbers["build"]["reading"] < numbers["build"]["seconds"]
    assert numbers["build"]["processor"] > 0
    assert 0 < numbers["disk"]["bytes"] <= numbers["disk"]["most_bytes"]
    for memory in (numbers["build"]["memory"], *numbers["memory"].values()):
        assert 10_000_000 < memory["own"] <= memory["now"] <= memory["most"]
    assert [(row["kind"], row["at_once"]) for row in numbers["searches"]] == [
        (kind.value, at_once) for at_once in (1, 8) for kind in Kind
    ]
    for row in numbers["searches"]:
        assert row["kind"] in done.stdout
        assert row["failed"] == 0
        assert row["processor"] > 0
        assert row["times"]["measured"] == 20
        assert 0 < row["times"]["p50"] <= row["times"]["p99"] <= row["times"]["max"]
        assert row["found"] >= 0.8 * row["judged"], row
    assert done.stdout.count(": met") + done.stdout.count(": missed") == 3 + 2 * 5
    assert list((tmp_path / "kept").glob("names-*-300-450/*.json"))


def test_searches_over_http_are_cold_and_then_warm(choirs: Target) -> None:
    with Progress() as progress:
        found = measure_over_http(choirs, INDEX, 2, 0.01, progress)
    assert [one.name for one in found] == [COLD, WARM, MEMORY]
    cold, warm, memory = found
    assert len(cold.times.values) == 2
    # Ten hits, each with images to ask for, and a text that needs two requests after each other.
    assert cold.requests["fanart"] == 2 * HITS
    assert cold.linked == cold.overviews == 2 * HITS
    assert cold.times.least > 20
    for one in (warm, memory):
        assert one.requests == {}
        assert one.overviews == one.linked == len(one.times.values) * HITS
    assert [one["name"] for one in http_json(found)] == [COLD, WARM, MEMORY]
    assert http_table(found).count("p50 ≤") == 2


def test_what_is_missing_is_one_line_and_a_failure(tmp_path: Path) -> None:
    done = bench("--only", "http", "--shared", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("bench.search: to make a catalogue this is missing")
    assert len(done.stderr.splitlines()) == 1


def test_help_teaches() -> None:
    said = bench("--help").stdout
    assert "python -m bench.search --only index" in said
    for option in ("--artists", "--albums", "--keep", "--json"):
        assert option in said
