"""The big recorded data that may lie beside the checkout.

Whoever has only the checkout runs the rest of the suite.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(
    os.environ.get("LIDARR_METADATA_SHARED") or Path(__file__).resolve().parents[2] / "shared"
)
DATA = SHARED / "data"


def lacking(reason: str) -> NoReturn:
    """End a test that needs what this machine has not: skipped, but in CI a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def shared_data(relative: str) -> Path:
    """A file or folder below the shared data.

    Where there is none, the test says so; in CI it fails.
    """
    path = DATA / relative
    if not path.exists():
        lacking(f"needs {relative} below the data folder named by LIDARR_METADATA_SHARED")
    return path
