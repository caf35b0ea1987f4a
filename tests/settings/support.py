"""What the tests of the settings share. `empty_folder` is in force wherever it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.settings import describe, load_config

if TYPE_CHECKING:
    from pathlib import Path

    from lidarrmetadata.config import DefaultConfig

OURS = "from lidarrmetadata.config import DefaultConfig\n"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(environ: dict[str, str], folder: Path | None = None, **overrides: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_config(environ, folder, **overrides)
    return str(caught.value)


def source(config: DefaultConfig, name: str) -> str:
    return next(row.source for row in describe(config) if row.name == name)
