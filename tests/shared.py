"""The big recorded data that may lie beside the checkout.

Whoever has only the checkout runs the rest of the suite.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get("LIDARR_METADATA_SHARED") or Path(__file__).resolve().parents[2] / "shared"
)
DATA = SHARED / "data"


def shared_data(relative: str) -> Path:
    """A file or folder below the shared data.

    Where there is none, the test says so; in CI it fails.
    """
    path = DATA / relative
    if not path.exists():
        reason = f"needs {relative} below the data folder named by LIDARR_METADATA_SHARED"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
