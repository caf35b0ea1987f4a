"""Reads the settings that `lidarrmetadata.config` declares, and writes their documentation.

`load_config` picks the class of settings and puts the environment over it, `describe` tells what is
in force and where from, `data_dir` says where the server keeps its files, `documented` reads the
comments. `python -m lidarrmetadata.settings` writes docs/settings.md and the operator's config.py.
"""

from __future__ import annotations

from lidarrmetadata.settings.comments import Documented, documented
from lidarrmetadata.settings.described import Described, describe
from lidarrmetadata.settings.folder import data_dir
from lidarrmetadata.settings.load import load_config

__all__ = ["Described", "Documented", "data_dir", "describe", "documented", "load_config"]
