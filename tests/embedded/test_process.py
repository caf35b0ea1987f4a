from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.embedded import process
from lidarrmetadata.embedded.account import current_account, service_account
from lidarrmetadata.embedded.process import Server, last_lines, run, spawn, stop_all
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUBBORN = "trap '' INT TERM QUIT; echo deaf; while :; do sleep 0.05; done"


def server(folder: Path, script: str, ready: Callable[[], bool]) -> Server:
    log = folder / "server.log"
    with log.open("wb", 0) as output:
        started = spawn(
            ["/bin/sh", "-c", script], service_account(), output=output, death_signal=signal.SIGKILL
        )
    return Server("test", started, log, ready, signal.SIGINT, signal.SIGQUIT)


def test_a_server_that_ignores_every_signal_is_killed_in_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(process, "KILL_SECONDS", 0.1)
    stubborn = server(folder, STUBBORN, ready=lambda: last_lines(folder / "server.log") == "deaf")
    stubborn.wait_ready()
    stop_all([stubborn])
    assert not stubborn.is_alive
    assert stubborn.process.returncode == -signal.SIGKILL


def test_a_server_that_never_answers_is_reported_with_the_end_of_its_log(folder: Path) -> None:
    silent = server(folder, "seq 100; exec sleep 60", ready=lambda: False)
    assert eventually(lambda: "100" in silent.log.read_text())
    with pytest.raises(EmbeddedError) as failure:
        silent.wait_ready(seconds=0)
    stop_all([silent])
    message = str(failure.value)
    assert "did not answer within 0 seconds" in message
    assert str(silent.log) in message
    assert message.endswith("\n99\n100")
    assert "\n50\n" not in message


def test_a_server_that_ends_at_once_is_reported_with_its_code(folder: Path) -> None:
    broken = server(folder, "echo no space left; exit 7", ready=lambda: False)
    with pytest.raises(EmbeddedError, match=r"(?s)ended with code 7.*no space left"):
        broken.wait_ready()


def test_settings_of_other_postgresql_clients_do_not_reach_the_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGDATA", "/somewhere/else")
    shown = run(["/usr/bin/env"], current_account(), timeout=10).stdout
    assert "PGDATA" not in shown
    assert "LC_ALL=C" in shown.splitlines()


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(["/bin/sh", "-c", "exec sleep 60"], current_account(), timeout=0.05)
