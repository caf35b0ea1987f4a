from __future__ import annotations

from dataclasses import FrozenInstanceError
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.settings import load_config
from tests.settings.support import (
    OURS,
    empty_folder,  # noqa: F401 - in force by being imported
    refusal,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "name", "shown"),
    [
        ('PORT = "abc"', "PORT", "'abc'"),
        ("PORT = True", "PORT", "True"),
        ("PORT: str = 70000", "PORT", "70000"),
        ("PROVIDERS = 'one'", "PROVIDERS", "'one'"),
        ("DATABASE = 'db'", "DATABASE", "***"),
        ("DATABASE = {'port': '5432'}", "DATABASE__PORT", "'5432'"),
        ("HOST = None", "HOST", "None"),
    ],
)
def test_a_wrong_value_in_config_py_names_the_file_and_the_setting(
    line: str, name: str, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "config.py").write_text(f"{OURS}class Config(DefaultConfig):\n    {line}\n")
    message = refusal({})
    assert message.startswith(f"{name} is ")
    assert shown in message
    assert f"class Config of {tmp_path / 'config.py'}" in message


def test_a_dict_in_config_py_keeps_the_entries_it_does_not_name(tmp_path: Path) -> None:
    body = "class Config(DefaultConfig):\n    DATABASE = {'host': 'db'}\n    ANSWER_BUDGET = 2\n"
    (tmp_path / "config.py").write_text(OURS + body)
    config = load_config({})
    assert dict(config.DATABASE) == {**DefaultConfig.DATABASE, "host": "db"}
    assert (config.ANSWER_BUDGET, type(config.ANSWER_BUDGET)) == (2.0, float)
    assert source(config, "DATABASE__HOST") == "Config"
    assert source(config, "DATABASE__PORT") == "default"


def test_a_slip_of_the_pen_in_config_py_is_a_warning_and_a_declared_setting_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = "class Config(DefaultConfig):\n    PROT = 8000\n    OWN_KEY: str = 'abc'\n"
    (tmp_path / "config.py").write_text(OURS + body)
    config = load_config({"OWN_KEY": "def"})
    assert vars(config)["OWN_KEY"] == "def"
    [record] = caplog.records
    assert "PROT" in record.getMessage()
    assert "did you mean PORT?" in record.getMessage()


def test_arguments_win_over_everything_and_are_checked_too() -> None:
    config = load_config({"DEFAULTCONFIG_PORT": "1"}, PORT=0, DATABASE={"host": "db"}, CACHE={})
    assert (config.PORT, config.DATABASE["host"]) == (0, "db")
    assert source(config, "PORT") == "argument"
    assert "PORT is 'x' in an argument" in refusal({}, PORT="x")
    assert "PROT is no setting; did you mean PORT?" in refusal({}, PROT=1)


def test_settings_cannot_be_changed_once_loaded() -> None:
    config = load_config({})
    with pytest.raises(FrozenInstanceError):
        config.PORT = 1
    with pytest.raises(FrozenInstanceError):
        del config.PORT
    assert isinstance(config.DATABASE, MappingProxyType)
    assert isinstance(config.PROVIDERS, tuple)
    assert config.PORT == 5001
