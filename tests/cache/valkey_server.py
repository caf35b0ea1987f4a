"""A Valkey of a test's own, which it may kill, stop and start again at the same address."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.folders import new_folder
from tests.resilience.test_limit_redis import Valkey

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    folder = new_folder()
    server = Valkey(folder)
    yield server
    server.send(signal.SIGCONT)
    server.kill()
    shutil.rmtree(folder)
