from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench import BenchError
from bench.processes import family, processor_seconds, resident_bytes

# A process with a child; the child works for a tenth of a second, then both wait to be told to end.
WORKING = """
import os, sys, time
child = os.fork()
if not child:
    while time.process_time() < 0.1:
        pass
    print("done", flush=True)
sys.stdin.read()
"""


def test_what_children_take_and_have_is_counted_with_their_parents() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        parent, child = family(process.pid)
        assert parent == process.pid
        assert processor_seconds(parent) >= processor_seconds(child) >= 0.09
        assert resident_bytes(parent) > resident_bytes(child) > 1_000_000
        assert process.stdin is not None
        process.stdin.close()


def test_memory_is_in_bytes() -> None:
    before = resident_bytes(os.getpid())
    ballast = bytearray(os.urandom(50_000_000))
    assert 45_000_000 < resident_bytes(os.getpid()) - before < 105_000_000
    assert len(ballast) == 50_000_000


def test_a_process_that_has_ended_is_an_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        with pytest.raises(BenchError, match=f"process {process.pid}, has ended"):
            family(process.pid)
