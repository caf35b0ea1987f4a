from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.settings import load_config
from tests.settings.support import (
    empty_folder,  # noqa: F401 - in force by being imported
    refusal,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = {"LIDARR_METADATA_CONFIG": "production"}


def test_the_environment_of_the_process_is_read_when_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert load_config().PORT == 8123


def test_entries_are_set_by_two_underscores_in_any_case() -> None:
    environ = {
        "CACHE__REDIS_URL": "redis://cache",
        "DATABASE__host": "db",
        "DATABASE__Port": "5433",
    }
    config = load_config(environ)
    assert config.CACHE == {"redis_url": "redis://cache", "postgres_url": ""}
    assert (config.DATABASE["host"], config.DATABASE["port"]) == ("db", 5433)
    assert config.DATABASE["user"] == "musicbrainz"


def test_a_whole_setting_is_given_as_json_and_a_single_entry_wins_over_it() -> None:
    config = load_config({"DATABASE": '{"HOST": "a", "port": 5433}', "DATABASE__HOST": "b"})
    assert (config.DATABASE["host"], config.DATABASE["port"]) == ("b", 5433)
    assert config.DATABASE["database"] == "musicbrainz_db"


@pytest.mark.parametrize(
    "environ",
    [
        {"CACHE_TTL__ARTSIT": "1"},
        {"CACHE_TTL": '{"artsit": 1}'},
        {"DEFAULTCONFIG_CACHE_TTL__ARTSIT": "1"},
    ],
)
def test_an_unknown_entry_is_refused_with_the_nearest_one(environ: dict[str, str]) -> None:
    message = refusal(environ)
    assert f"environment variable {next(iter(environ))}" in message
    assert "did you mean CACHE_TTL__ARTIST?" in message


def test_the_prefix_of_a_class_wins_over_the_plain_name_and_the_most_derived_class_over_all() -> (
    None
):
    environ = {**PRODUCTION, "PORT": "1", "DATABASE__HOST": "plain", "WORKERS": "3"}
    environ |= {"DEFAULTCONFIG_PORT": "2", "DEFAULTCONFIG_DATABASE__HOST": "prefixed"}
    config = load_config(environ)
    assert (config.PORT, config.DATABASE["host"], config.WORKERS) == (2, "prefixed", 3)
    assert load_config({**environ, "PRODUCTIONCONFIG_PORT": "3"}).PORT == 3
    environ["LIDARR_METADATA_CONFIG"] = "default"
    assert load_config({**environ, "PRODUCTIONCONFIG_PORT": "3"}).PORT == 2


def test_an_unknown_name_with_a_prefix_is_a_warning_with_the_nearest_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert load_config({"DEFAULTCONFIG_PROT": "8000"}).PORT == 5001
    [record] = caplog.records
    assert "DEFAULTCONFIG_PROT; did you mean PORT?" in record.getMessage()


def test_foreign_names_in_the_environment_are_nobodys_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    load_config({"PROT": "1", "PATH": "/bin", "PORT__X": "1", "port": "x", "HOME_FILE": "/none"})
    assert caplog.records == []


def test_a_value_is_read_from_a_file_less_one_line_break(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    (tmp_path / "password").write_text(" two lines \n\n")
    environ = {
        "FANART_API_KEY_FILE": str(tmp_path / "key"),
        "DATABASE__PASSWORD_FILE": str(tmp_path / "password"),
        "DEFAULTCONFIG_SPOTIFY_CLIENT_SECRET_FILE": "key",
    }
    config = load_config(environ, tmp_path)
    assert config.FANART_API_KEY == "s3cret"
    assert config.SPOTIFY_CLIENT_SECRET == "s3cret"
    assert config.DATABASE["password"] == " two lines \n"
    assert source(config, "FANART_API_KEY") == f"file {tmp_path / 'key'} (FANART_API_KEY_FILE)"


def test_a_wrong_value_in_a_file_names_the_file_and_its_variable(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("abc\n")
    message = refusal({"PORT_FILE": "port"}, tmp_path)
    assert message.startswith("PORT is 'abc' in file port (PORT_FILE);")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_named_with_its_variable(
    content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    message = refusal({"FANART_API_KEY_FILE": str(path)})
    assert "FANART_API_KEY_FILE" in message
    assert str(path) in message


@pytest.mark.parametrize(
    "names",
    [
        ("FANART_API_KEY", "FANART_API_KEY_FILE"),
        ("CACHE__REDIS_URL", "CACHE__REDIS_URL_FILE"),
        ("DATABASE__HOST", "DATABASE__host"),
    ],
)
def test_two_variables_for_one_setting_are_refused_by_name(names: tuple[str, str]) -> None:
    message = refusal(dict.fromkeys(names, ""))
    assert all(name in message for name in names)
