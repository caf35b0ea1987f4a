from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata import __version__
from tests.serving import PROGRAM, data_folder, free_port, serving

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command line in a folder that has nothing to do with it."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_help_teaches_how_to_try_it(tmp_path: Path) -> None:
    said = run("--help", folder=tmp_path)
    assert said.returncode == 0
    for word in ("lidarr-metadata serve", "curl localhost:5001/artist/", "DATABASE__HOST"):
        assert word in said.stdout


def test_help_of_serve_names_the_settings_behind_its_options(tmp_path: Path) -> None:
    said = run("serve", "--help", folder=tmp_path)
    for name in ("HOST", "PORT", "WORKERS", "DATA_DIR"):
        assert f"(setting {name})" in " ".join(said.stdout.split())


def test_version_is_the_package_s(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.split()[-1] == __version__


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("setting", "value", "cure"),
    [
        ("PORT", "http", "0 to 65535"),
        ("WORKERS", "0", "WORKERS"),
        ("LOG_LEVEL", "loud", "DEBUG"),
        ("DATABASE__PROT", "5432", "DATABASE__PORT"),
        ("PROVIDERS", "musicbrains_db", "musicbrainz_db"),
        ("LIDARR_METADATA_CONFIG", "nothing.py", "no file"),
        ("PORT_FILE", "/nowhere", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name_and_the_cure(
    tmp_path: Path, setting: str, value: str, cure: str, workers: str
) -> None:
    said = run("serve", folder=tmp_path, **{"WORKERS": workers, setting: value})
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert line.startswith("lidarr-metadata: ")
    assert setting in line
    assert cure in line
    assert not (tmp_path / "data").exists()


def test_a_wrong_option_is_told_without_a_traceback(tmp_path: Path) -> None:
    said = run("serve", "--port", "http", folder=tmp_path)
    assert said.returncode == 2
    assert "'--port'" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_unknown_command_is_told_without_a_traceback(tmp_path: Path) -> None:
    said = run("sing", folder=tmp_path)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


def test_a_warning_about_the_settings_comes_once() -> None:
    with data_folder() as folder, serving(folder, DEFAULTCONFIG_PROT="1", WORKERS="2") as server:
        server.ready()
        assert server.log.count("DEFAULTCONFIG_PROT") == 1
        assert server.terminate() == 0


def test_options_win_over_every_spelling_in_the_environment() -> None:
    port = free_port()
    with (
        data_folder() as folder,
        serving(folder, "--port", str(port), DEFAULTCONFIG_PORT=str(free_port())) as server,
    ):
        server.port = port
        assert server.ready().get("/").status == 200
        assert server.terminate() == 0
