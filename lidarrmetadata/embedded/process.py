"""Start, watch and stop the programs of the embedded servers."""

from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from signal import SIG_BLOCK, SIG_DFL, SIG_SETMASK, Signals, pthread_sigmask, signal
from typing import IO, TYPE_CHECKING

from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lidarrmetadata.embedded.account import Account

log = logging.getLogger(__name__)

START_SECONDS = 120.0  # crash recovery on an SD card takes its time
STOP_SECONDS = 20.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.01
LOG_LINES = 12
LOG_TAIL_BYTES = 8192

INTERRUPTS = frozenset({Signals.SIGINT, Signals.SIGTERM})

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def run(
    command: Sequence[str | Path],
    account: Account,
    *,
    timeout: float,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `command` as `account` to its end; its `stdout` holds both outputs.

    Raises OSError if it cannot be started and subprocess.TimeoutExpired after `timeout` seconds.
    """
    process = _started(command, account, subprocess.PIPE, Signals.SIGKILL)
    with process:
        try:
            output, _ = process.communicate(stdin.encode(), timeout)
        except BaseException:
            process.kill()
            raise
    text = output.decode(errors="replace")
    return subprocess.CompletedProcess(process.args, process.returncode, text)


def spawn(
    command: Sequence[str | Path],
    account: Account,
    *,
    output: IO[bytes],
    death_signal: Signals,
    stdin: bytes = b"",
) -> subprocess.Popen[bytes]:
    """Start `command` as `account` in a session of its own; it may read `stdin` to its end.

    On Linux the kernel sends it `death_signal` when this process is gone, however it went. That is
    tied to the calling thread, so any but the main thread gets a RuntimeError.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            "embedded servers end with the thread that starts them: use the main one"
        )
    process = _started(command, account, output, death_signal)
    if process.stdin is not None:
        # A server that ended at once is reported by whoever waits for it, with its log.
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(stdin)
    return process


def last_lines(path: Path) -> str:
    """Return the end of a log, a few lines; "" if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-LOG_LINES:])


@dataclass(frozen=True)
class Server:
    """A running server: `ready` tells whether it answers, `ask` and `insist` are end signals."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ready: Callable[[], bool]
    ask: Signals
    insist: Signals

    @property
    def is_alive(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until the server answers, else raise EmbeddedError with the end of its log."""
        started = time.monotonic()
        while not self.ready():
            if not self.is_alive:
                raise self._failure(f"ended with code {self.process.returncode} while starting")
            if time.monotonic() - started > seconds:
                raise self._failure(f"did not answer within {seconds:.0f} seconds")
            time.sleep(POLL_SECONDS)

    def ask_to_stop(self) -> None:
        """Ask the server to end, and return at once."""
        self.process.send_signal(self.ask)

    def finish(self) -> None:
        """Wait for the end of a server that was asked to stop; insist, and at last kill it."""
        started = time.monotonic()
        try:
            if not self._ends_within(STOP_SECONDS):
                log.warning("embedded server=%s state=hanging", self.name)
                self.process.send_signal(self.insist)
                self._ends_within(KILL_SECONDS)
        finally:
            if self.is_alive:
                self.process.kill()
                self.process.wait()
        log.info(
            "embedded server=%s state=stopped seconds=%.2f", self.name, time.monotonic() - started
        )

    def _ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _failure(self, what: str) -> EmbeddedError:
        return EmbeddedError(
            f"The embedded {self.name} server {what}. Mend what its log says and start again; "
            f"the end of {self.log}:\n{last_lines(self.log)}"
        )


def stop_all(servers: Sequence[Server]) -> None:
    """Stop the servers side by side; each is stopped even if waiting for another is interrupted."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.finish)
            server.ask_to_stop()


def _environment() -> dict[str, str]:
    """Return the servers' environment: no PG* variable of the operator's gets in."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _started(
    command: Sequence[str | Path], account: Account, output: IO[bytes] | int, death_signal: Signals
) -> subprocess.Popen[bytes]:
    """Start `command` as `account`, in a session of its own."""
    change = not account.is_ours
    with no_interrupts() as mask:
        return subprocess.Popen(  # noqa: S603 - no shell, and every command is put together by us
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            user=account.uid if change else None,
            group=account.gid if change else None,
            # Not []: Python 3.12.0 takes that for "keep root's groups" (CVE-2023-6507).
            extra_groups=[account.gid] if change else None,
            # Ctrl-C goes to the terminal's foreground group: servers must outlive their clients.
            start_new_session=True,
            preexec_fn=_in_child(mask, death_signal),
        )


@contextmanager
def no_interrupts() -> Iterator[set[int | Signals]]:
    """Put off Ctrl-C and SIGTERM; gives the signals that are blocked without that.

    Python runs code of its own around a fork, where a KeyboardInterrupt is printed and forgotten:
    the order to stop would be lost. And a server that is started is stopped only by who knows it.
    """
    before = pthread_sigmask(SIG_BLOCK, INTERRUPTS)
    try:
        yield before - INTERRUPTS
    finally:
        pthread_sigmask(SIG_SETMASK, before)


def _in_child(mask: set[int | Signals], death_signal: Signals) -> Callable[[], None]:
    """What a child does between fork and exec."""
    launcher = os.getpid()

    def prepare() -> None:
        for interrupt in INTERRUPTS:
            signal(interrupt, SIG_DFL)
        pthread_sigmask(SIG_SETMASK, mask)
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != launcher:  # it went before we asked, and there will be no signal
                os._exit(1)

    return prepare
