"""`lidarr-metadata search`, as an operator calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.dumps import Database

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(edge_catalogue: Database, tmp_path: Path) -> Command:
    database = {f"DATABASE__{key.upper()}": str(value) for key, value in edge_catalogue.items()}

    def call(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lidarrmetadata", "search", *words],
            env={**os.environ, **database, "SEARCH_INDEX_DIR": str(tmp_path), **environ},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


def test_an_index_is_built_shown_and_updated(command: Command) -> None:
    built = command("build")
    assert (built.returncode, built.stderr) == (0, "")
    count = built.stdout.split()[1]
    assert int(count) == 5  # those of the catalogue, without the special-purpose ones

    assert f"artists  {count}\n" in command("status").stdout
    updated = command("update")
    assert (updated.returncode, updated.stderr) == (0, "")
    assert updated.stdout.startswith("Updated ")
    assert f"artists  {count}\n" in command("status").stdout


@pytest.mark.parametrize("what", ["status", "update"])
def test_without_an_index_one_line_says_how_to_make_one(command: Command, what: str) -> None:
    said = command(what)

    assert said.returncode == 1
    assert said.stderr.startswith("Error: there is no search index")
    assert "`lidarr-metadata search build`" in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_database_that_is_away_is_one_line_too(command: Command) -> None:
    said = command("build", DATABASE__HOST="127.0.0.1", DATABASE__PORT="1")

    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in said.stderr
