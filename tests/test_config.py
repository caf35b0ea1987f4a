from __future__ import annotations

import inspect

import pytest

from lidarrmetadata import config
from lidarrmetadata.config import (
    ConfigMeta,
    DefaultConfig,
    DevelopmentConfig,
    ProductionConfig,
    TestConfig,
)
from lidarrmetadata.settings import describe, load_config

SETTINGS = [name for name in vars(DefaultConfig) if name.isupper()]


def test_a_class_is_found_by_its_key_in_any_case() -> None:
    assert ConfigMeta.find("PRODUCTION") is ProductionConfig
    assert ConfigMeta.find("production") is ProductionConfig
    assert ConfigMeta.find("Development") is DevelopmentConfig
    assert ConfigMeta.find("ProductionConfig") is ProductionConfig
    assert ConfigMeta.find("nothing") is None


def test_a_class_registers_itself_when_it_is_defined() -> None:
    class RaspberryConfig(DefaultConfig):
        WORKERS = 1

    assert ConfigMeta.find("RASPBERRY") is RaspberryConfig


def test_every_setting_is_annotated_with_what_it_may_hold() -> None:
    assert [name for name in SETTINGS if name not in inspect.get_annotations(DefaultConfig)] == []


@pytest.mark.parametrize(
    "chosen", [DefaultConfig, DevelopmentConfig, TestConfig, ProductionConfig], ids=str
)
def test_the_classes_that_come_along_pass_their_own_checks(chosen: type) -> None:
    choice = f"{chosen.__module__}.{chosen.__name__}"
    loaded = load_config({"LIDARR_METADATA_CONFIG": choice})
    assert type(loaded) is chosen
    assert {row.name.split("__")[0] for row in describe(loaded)} == set(SETTINGS)


def test_no_setting_can_be_mistaken_for_the_file_of_another() -> None:
    names = [row.name for row in describe(load_config({}))]
    assert [name for name in names if name.endswith("_FILE")] == []


def test_the_classes_differ_where_they_should() -> None:
    def values(key: str) -> dict[str, object]:
        rows = describe(load_config({"LIDARR_METADATA_CONFIG": key}))
        return {row.name: row.value for row in rows if row.source != "default"}

    assert values("default") == {}
    assert values("development") == {"HOST": "127.0.0.1", "LOG_LEVEL": "DEBUG"}
    assert values("test") == {"HOST": "127.0.0.1", "PORT": 0}
    assert values("production") == {"WORKERS": 2}


def test_pytest_does_not_take_the_settings_for_tests_for_a_test() -> None:
    assert config.TestConfig.__test__ is False
