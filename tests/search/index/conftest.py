"""Folders of indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.search.index.folder import IndexFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path, "embedded")
