from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.target import Target

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_is_measured_over_a_given_database(edge_target: Target, tmp_path: Path) -> None:
    url = (
        f"postgresql://{edge_target.user}:{edge_target.password}@/{edge_target.database}"
        f"?host={edge_target.host}&port={edge_target.port}"
    )
    file = tmp_path / "numbers.json"
    done = bench(
        "--dsn",
        url,
        "--documents",
        "3",
        "--repeat",
        "2",
        "--json",
        str(file),
        "--delay-services",
        "0.01",
        "--seconds",
        "0",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads(file.read_text())
    assert [case["name"] for case in report["cases"]] == [
        "typical artist",
        "3,000-album artist",
        "typical album",
        "200-release album",
        "30-artist compilation",
    ]
    for case in report["cases"]:
        assert case["name"] in done.stdout
        assert case["http"]["measured"] == case["psql"]["measured"] == case["ceiling"]["measured"]
    assert [case["name"] for case in report["cold"]] == [
        "cold artist",
        "cold album",
        "cold compilation",
    ]
    for case in report["cold"]:
        assert case["http"]["measured"] == case["documents"]
        # Wikidata, then Wikipedia, for whatever has a link.
        assert case["http"]["least"] > 2 * case["delay"] or not case["linked"]
        assert case["requests"]["fanart"] >= case["documents"]
    assert 0 < report["statements"]["most"] <= report["statements"]["target"]
    assert report["pages"]["ours"] == sum(report["pages"]["by_statement"].values())
    assert edge_target.password not in done.stdout + file.read_text()


def test_what_cannot_be_measured_is_one_line_and_a_failure() -> None:
    done = bench("--dsn", "somewhere")
    assert done.returncode == 1
    assert done.stderr.startswith("bench: --dsn: 'somewhere' is not the URL of a database")
    assert len(done.stderr.splitlines()) == 1
