"""Where the server keeps its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.config import DefaultConfig


def data_dir(config: DefaultConfig, environ: Mapping[str, str]) -> Path:
    """Return the folder the server keeps its files in, which need not exist yet.

    `DATA_DIR` if set. Else /var/lib/lidarr-metadata for root, and for others what the XDG base
    directory specification says, which has relative paths in XDG_DATA_HOME ignored.
    """
    if config.DATA_DIR:
        return Path(config.DATA_DIR).expanduser().absolute()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/lidarr-metadata")
    shared = Path(environ.get("XDG_DATA_HOME", ""))
    if not shared.is_absolute():
        shared = Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return shared / "lidarr-metadata"
