from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import PROGRAM, alive, data_folder, serving, until

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything is installed already."""
    for name in ("Makefile", "setup.py"):
        shutil.copy(CHECKOUT / name, tmp_path)
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / PROGRAM.name).symlink_to(PROGRAM)
    (tmp_path / ".venv/.run").touch()
    return tmp_path


def test_make_alone_tells_every_target_there_is(checkout: Path) -> None:
    said = subprocess.run(["make"], cwd=checkout, capture_output=True, text=True, check=True).stdout
    targets = re.search(r"^\.PHONY: (.+)$", (checkout / "Makefile").read_text(), re.MULTILINE)
    assert targets is not None
    assert re.findall(r"^make (\S+)", said, re.MULTILINE) == targets[1].split()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_make_run_serves_until_it_is_stopped(checkout: Path, stop: signal.Signals) -> None:
    command = ("make", "-C", checkout, "run")
    with data_folder() as folder, serving(folder, command=command) as server:
        family = server.ready().family()
        if stop == signal.SIGINT:
            server.interrupt()
        else:
            server.terminate()
        assert until(lambda: not alive(family), 10)
        assert "event=stopped" in server.log
        assert "Traceback" not in server.log
