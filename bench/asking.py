"""Whoever asks the servers, one job after another: wrk if there is one, else our own client."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench import BenchError
from bench.load_client import Job, Outcome
from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[1]


class Asker(Protocol):
    """Does one job at a time, in a process of its own."""

    name: str

    def begin(self, job: Job) -> None:
        """Start a job and return at once."""

    def end(self) -> Outcome:
        """Wait for the job and say what came of it. Raises `BenchError` if it went wrong."""


class OwnClient:
    """Our client, which can do every job."""

    name = "bench.load_client"

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, job: Job) -> None:
        """See `Asker`."""
        assert self._process.stdin is not None  # noqa: S101 - it was made with a pipe
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()

    def end(self) -> Outcome:
        """See `Asker`."""
        assert self._process.stdout is not None  # noqa: S101 - it was made with a pipe
        line = self._process.stdout.readline()
        if not line:
            raise BenchError("the load client has ended before its time")
        return _sound(Outcome(**json.loads(line)))


class Wrk:
    """wrk (https://github.com/wg/wrk), which takes less of the machine for an answer.

    It asks one path only, and over and over.
    """

    name = "wrk"

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._script = folder / "outcome.lua"
        self._script.write_text(_SCRIPT, encoding="utf-8")
        self._process: subprocess.Popen[str] | None = None
        self._warm = 0

    def begin(self, job: Job) -> None:
        """See `Asker`."""
        # It has no warm-up of its own, and whole seconds only.
        if job.warm_up:
            self._start(job, 1)
            self._warm = self.end().answers
        self._start(job, max(1, round(job.seconds)))

    def end(self) -> Outcome:
        """See `Asker`."""
        process, warm = self._process, self._warm
        if process is None:
            raise BenchError("wrk has no job")
        self._process, self._warm = None, 0
        before = os.times()
        output, _ = process.communicate()
        after = os.times()
        # What a child took is known once it has been waited for.
        took = sum(after[2:4]) - sum(before[2:4])
        found = _MARK.search(output)
        if process.returncode or found is None:
            raise BenchError(f"wrk failed:\n{output.strip()}")
        said = json.loads(found[1])
        if said["errors"]:
            return _sound(Outcome(fault=f"{said['errors']} answers are none, or not 200"))
        return Outcome(
            answers=said["requests"],
            all_answers=warm + said["requests"],
            per_second=said["requests"] / said["seconds"],
            p50=said["p50"],
            p95=said["p95"],
            p99=said["p99"],
            client=took / said["seconds"],
        )

    def stop(self) -> None:
        """Give up what is under way."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self, job: Job, seconds: int) -> None:
        self._process = subprocess.Popen(
            [
                *(self._program, "--threads", "1", "--connections", str(job.connections)),
                *("--duration", f"{seconds}s", "--script", str(self._script)),
                *("--header", "Accept: application/json"),
                *("--header", f"Accept-Encoding: {'gzip' if job.gzip else 'identity'}"),
                f"http://{LOOPBACK}:{job.port}{job.paths[0]}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


_MARK = re.compile(r"^outcome: (\{.*\})$", re.MULTILINE)
# Times come in microseconds.
_SCRIPT = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'outcome: {"requests": %d, "seconds": %f, "errors": %d, "p50": %f, "p95": %f, "p99": %f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
"""


def _sound(outcome: Outcome) -> Outcome:
    if outcome.fault:
        raise BenchError(f"under load, {outcome.fault}")
    return outcome


@contextmanager
def own_client() -> Iterator[OwnClient]:
    """Our own client, running while the `with` block does."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load_client"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield OwnClient(process)
        finally:
            process.terminate()


@contextmanager
def asker(own: OwnClient) -> Iterator[Asker]:
    """What asks for one path over and over: wrk if it is there, else our own client."""
    program = shutil.which("wrk")
    if program is None:
        yield own
        return
    with tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-") as folder:
        wrk = Wrk(program, Path(folder))
        try:
            yield wrk
        finally:
            wrk.stop()
