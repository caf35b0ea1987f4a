from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import BenchError
from bench.generator import generator_in

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_that_is_missing_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError) as caught:
        generator_in(tmp_path)
    message = str(caught.value)
    assert str(tmp_path / "tools" / "synth-musicbrainz") in message
    assert "apt install postgresql-client" in message
    assert "\n" not in message


def test_the_generator_is_found_below_the_shared_folder(tmp_path: Path) -> None:
    program = tmp_path / "tools" / "synth-musicbrainz"
    program.parent.mkdir()
    program.touch()
    pytest.importorskip("psycopg2")
    assert generator_in(tmp_path) == program
