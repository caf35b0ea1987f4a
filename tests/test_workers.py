from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.workers import stop_workers, supervise
from tests.serving import Serving, alive, data_folder, serving, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with data_folder() as made:
        yield made


@pytest.fixture
def server(folder: Path) -> Iterator[Serving]:
    with serving(folder, WORKERS="2") as started:
        yield started.ready()


def workers(server: Serving) -> set[int]:
    return {pid for pid, _ in server.family() if b"spawn_main" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def answers(server: Serving) -> bool:
    return server.get(f"/artist/{BEATLES}").status == 200


def test_each_of_two_processes_answers(server: Serving) -> None:
    both = workers(server)
    assert len(both) == 2
    for worker in both:
        os.kill(worker, signal.SIGSTOP)
        try:
            assert answers(server)
        finally:
            os.kill(worker, signal.SIGCONT)


@pytest.mark.parametrize("stop", [Serving.interrupt, Serving.terminate])
def test_they_stop_together(server: Serving, stop: Callable[[Serving], int]) -> None:
    family = server.family()
    assert stop(server) == 0
    assert until(lambda: not alive(family), 5)  # Python's own helper process goes last
    assert "Traceback" not in server.log
    assert server.log.count("Listening") == server.log.count("event=stopped") == 1


def test_a_start_can_be_broken_off_before_the_workers_answer(folder: Path) -> None:
    with serving(folder, WORKERS="2") as server:
        assert until(lambda: workers(server))
        family = server.family()
        assert server.interrupt() == 0
        assert until(lambda: not alive(family), 5)
        assert "Traceback" not in server.log


def test_one_that_dies_is_replaced_while_the_other_answers(server: Serving) -> None:
    killed = workers(server).pop()
    os.kill(killed, signal.SIGKILL)
    assert answers(server)
    assert until(lambda: len(workers(server) - {killed}) == 2)
    assert f"event=worker_died pid={killed} code=-9" in server.log
    assert server.terminate() == 0


def test_they_go_when_the_first_process_is_killed(folder: Path, server: Serving) -> None:
    family = server.family()
    server.process.kill()
    server.process.wait()
    assert until(lambda: not alive(family), 5)
    with serving(folder, port=server.port) as again:
        assert answers(again.ready())


def fails() -> None:
    raise RuntimeError("as asked")


def test_one_that_cannot_get_going_is_not_tried_forever() -> None:
    with pytest.raises(ChildProcessError, match="as soon as it was started"):
        supervise(2, fails, (), lambda: None)
    stop_workers(5)
    assert not multiprocessing.active_children()
