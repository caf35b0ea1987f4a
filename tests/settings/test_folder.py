from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lidarrmetadata.settings import data_dir, load_config

if TYPE_CHECKING:
    import pytest


def test_files_are_kept_where_the_account_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, home = load_config({}, tmp_path), {"HOME": str(tmp_path)}
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert data_dir(config, home) == tmp_path / ".local/share/lidarr-metadata"
    xdg = tmp_path / "xdg"
    assert data_dir(config, {**home, "XDG_DATA_HOME": str(xdg)}) == xdg / "lidarr-metadata"
    relative = {**home, "XDG_DATA_HOME": "not/absolute"}
    assert data_dir(config, relative) == tmp_path / ".local/share/lidarr-metadata"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert data_dir(config, home) == Path("/var/lib/lidarr-metadata")
    assert data_dir(load_config({"DATA_DIR": str(xdg)}, tmp_path), home) == xdg
