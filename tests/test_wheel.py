"""What people get who install the package, and have nothing of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lidarrmetadata import __version__
from tests.serving import data_folder, serving

CHECKOUT = Path(__file__).resolve().parents[1]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def run(*command: str | Path) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def pip(python: Path | str, *arguments: str | Path) -> None:
    """Run pip for an environment, which need not have one itself."""
    # Without the notice that there is a newer pip, which asks the network.
    own = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*own, "--python", python, *arguments)


def environment_in(folder: Path) -> Path:
    """The folder of programs of a new environment with nothing in it."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout on a branch of its own, without what is not in the repository."""
    ignored = (CHECKOUT / ".gitignore").read_text().split()
    copy = tmp_path_factory.mktemp("source") / "checkout"
    patterns = shutil.ignore_patterns(".git", *(name.rstrip("/") for name in ignored))
    shutil.copytree(CHECKOUT, copy, ignore=patterns)
    (copy / ".git/refs/heads").mkdir(parents=True)
    (copy / ".git/HEAD").write_text("ref: refs/heads/released\n")
    (copy / ".git/refs/heads/released").write_text(f"{COMMIT}\n")
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def content(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_nothing_but_the_two_packages_gets_into_site_packages(content: set[str]) -> None:
    info = f"lidarr_metadata_server-{__version__}.dist-info"
    assert {name.split("/")[0] for name in content} == {"lidarrmetadata", "crawler", info}


def test_every_statement_is_in_it(content: set[str], source: Path) -> None:
    statements = {path.relative_to(source / "sql") for path in (source / "sql").rglob("*.sql")}
    assert statements
    assert {f"lidarrmetadata/sql/{path.as_posix()}" for path in statements} <= content


def test_every_module_is_in_it(content: set[str], source: Path) -> None:
    for package in ("lidarrmetadata", "crawler"):
        modules = {path.relative_to(source) for path in (source / package).rglob("*.py")}
        assert {path.as_posix() for path in modules} <= content


def test_the_sample_the_types_and_the_licence_are_in_it(content: set[str]) -> None:
    assert {"lidarrmetadata/py.typed", "lidarrmetadata/embedded/sample.json"} <= content
    assert any(name.endswith("licenses/LICENSE") for name in content)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with nothing but the wheel and what it needs."""
    programs = environment_in(tmp_path_factory.mktemp("installed"))
    pip(programs / "python", "install", "--quiet", f"{wheel}[embedded]")
    return programs


def test_installed_it_serves_the_sample_from_any_folder(installed: Path) -> None:
    command = (installed / "lidarr-metadata", "serve")
    with data_folder() as folder, serving(folder, command=command) as server:
        about = server.ready().get("/").document
        assert (about["branch"], about["commit"]) == ("released", COMMIT)
        artist = server.get(f"/artist/{BEATLES}").document
        assert artist["artistname"] == "The Beatles"
        assert artist["Albums"]
        assert server.interrupt() == 0


def test_installed_it_brings_the_crawler(installed: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [installed / "lidarr-metadata-crawler", "--version"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split()[-1] == __version__


def test_an_editable_install_asks_the_checkout_for_its_commit(source: Path, tmp_path: Path) -> None:
    python = environment_in(tmp_path / "editable") / "python"
    pip(python, "install", "--quiet", "--no-deps", "--editable", source)
    assert not (source / "lidarrmetadata/build.json").exists()
    script = (
        "from lidarrmetadata import build, statements\n"
        "print(build.branch(), build.commit(), statements.statement('musicbrainz/artists')[:2])"
    )
    said = subprocess.run(
        [python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["released", COMMIT, "--"]
