from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.config import DefaultConfig, ProductionConfig
from lidarrmetadata.settings import load_config
from tests.settings.support import (
    OURS,
    empty_folder,  # noqa: F401 - in force by being imported
    refusal,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_without_anything_set_the_defaults_are_in_force() -> None:
    config = load_config({})
    assert type(config) is DefaultConfig
    assert config.PORT == 5001
    assert config.DATABASE["database"] == "musicbrainz_db"
    assert config.PROVIDERS[0] == "musicbrainz_db"


@pytest.mark.parametrize(
    "choice",
    ["PRODUCTION", "production", "lidarrmetadata.config.ProductionConfig"],
)
def test_a_class_is_chosen_by_key_or_dotted_path(choice: str) -> None:
    assert type(load_config({"LIDARR_METADATA_CONFIG": choice})) is ProductionConfig


@pytest.mark.parametrize("choice", ["mine.py:Second", "{folder}/mine.py:Second", "mine.py"])
def test_a_class_is_chosen_by_file(choice: str, tmp_path: Path) -> None:
    first, second = (
        "class First(DefaultConfig): PORT = 1\n",
        "class Second(DefaultConfig): PORT = 2\n",
    )
    (tmp_path / "mine.py").write_text(OURS + first + second)
    choice = choice.format(folder=tmp_path)
    assert load_config({"LIDARR_METADATA_CONFIG": choice}, tmp_path).PORT == 2


@pytest.mark.parametrize(
    "choice",
    [
        "NOSUCH",
        "lidarrmetadata.config.Nothing",
        "nosuch.module.Config",
        "logging.Logger",
        "no.py:C",
    ],
)
def test_a_choice_that_leads_nowhere_is_refused_by_name(choice: str) -> None:
    message = refusal({"LIDARR_METADATA_CONFIG": choice})
    assert "LIDARR_METADATA_CONFIG" in message
    assert choice in message


def test_config_py_in_the_folder_is_used_without_being_named(tmp_path: Path) -> None:
    later = "class Config(DefaultConfig): PORT = 8000\nclass Other(DefaultConfig): PORT = 9000\n"
    (tmp_path / "config.py").write_text(OURS + later)
    config = load_config({})
    assert config.PORT == 8000
    assert source(config, "PORT") == "Config"
    assert not (tmp_path / "__pycache__").exists()
    (tmp_path / "config.py").write_text(OURS + later.replace("8000", "8001"))
    assert load_config({}).PORT == 8001


def test_config_py_without_a_class_config_gives_the_last_class_it_defines(tmp_path: Path) -> None:
    classes = "class A(DefaultConfig): PORT = 1\nclass B(DefaultConfig): PORT = 2\n"
    (tmp_path / "config.py").write_text(OURS + classes)
    assert load_config({}, tmp_path).PORT == 2


def test_a_class_of_config_py_can_be_chosen_by_its_key(tmp_path: Path) -> None:
    classes = "class Config(DefaultConfig): PORT = 1\nclass CellarConfig(DefaultConfig): PORT = 2\n"
    (tmp_path / "config.py").write_text(OURS + classes)
    assert load_config({"LIDARR_METADATA_CONFIG": "cellar"}, tmp_path).PORT == 2


@pytest.mark.parametrize(
    "text",
    [
        "from pathlib import Path\nPath('ran').touch()\nclass Config: PORT = 1\n",
        "this is no Python",
        "",
        "from lidarrmetadata.config import DefaultConfig\n",
    ],
    ids=["foreign", "broken", "empty", "without a class"],
)
def test_somebody_elses_config_py_is_ignored_with_a_warning(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "config.py").write_text(text)
    assert type(load_config({})) is DefaultConfig
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert str(tmp_path / "config.py") in record.getMessage()
    assert not (tmp_path / "ran").exists()


def test_the_same_file_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("class Config: PORT = 1\n")
    message = refusal({"LIDARR_METADATA_CONFIG": "config.py:Config"})
    assert "config.py:Config" in message
    assert "no class over lidarrmetadata.config.DefaultConfig" in message


@pytest.mark.parametrize("environ", [{}, {"LIDARR_METADATA_CONFIG": "config.py"}])
def test_a_config_py_of_ours_that_fails_says_what_and_where(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "config.py").write_text(OURS + "\nclass Config(DefaultConfig):\n    PORT = prot\n")
    message = refusal(environ)
    assert str(tmp_path / "config.py") in message
    assert "name 'prot' is not defined in line 4" in message
