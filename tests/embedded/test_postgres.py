from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded import EmbeddedServices, PostgresAddress
from lidarrmetadata.embedded import postgres as postgres_server
from lidarrmetadata.embedded.account import service_account
from lidarrmetadata.embedded.binaries import Places, find_postgres
from lidarrmetadata.embedded.folder import DataFolder
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import Launcher, as_servers_do, leaders, on_linux, sql

if TYPE_CHECKING:
    from pathlib import Path

Launch = Callable[..., Launcher]


def test_a_table_survives_a_restart(folder: Path, places: Places) -> None:
    with EmbeddedServices(folder, valkey=False, places=places) as services:
        sql(services.postgres, "create table kept as select 'Nevermind' as title")
    with EmbeddedServices(folder, valkey=False, places=places) as services:
        assert sql(services.postgres, "select title from kept") == "Nevermind"


def test_the_musicbrainz_database_can_be_made(used: Path, places: Places) -> None:
    with EmbeddedServices(used, valkey=False, places=places) as services:
        sql(
            services.postgres,
            "create database musicbrainz_db template template0 encoding UTF8 "
            "lc_collate 'C' lc_ctype 'C'",
        )
        assert sql(services.postgres, "select length('Sigur Rós')", "musicbrainz_db") == 9
        for extension in ("cube", "earthdistance", "unaccent", "pg_trgm"):
            sql(services.postgres, f"create extension {extension}", "musicbrainz_db")


def test_the_server_is_set_for_a_small_machine(used: Path, places: Places) -> None:
    with EmbeddedServices(used, valkey=False, places=places) as services:
        for name, value in {
            "fsync": "on",
            "jit": "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "server_encoding": "UTF8",
            "listen_addresses": "",
        }.items():
            assert sql(services.postgres, f"show {name}") == value


def test_nobody_comes_in_with_a_wrong_password(used: Path, places: Places) -> None:
    with EmbeddedServices(used, valkey=False, places=places) as services:
        address = services.postgres
        assert address is not None
        verifier = (
            "select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'postgres'"
        )
        assert sql(address, verifier) is True
        guess = PostgresAddress(address.host, address.port, address.user, "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            sql(guess, "select 1")


def test_a_path_too_long_for_a_socket_means_loopback(used: Path, places: Places) -> None:
    deep = used / ("a" * 90)
    deep.mkdir()
    for name in ("postgres", "postgres.password"):
        (used / name).rename(deep / name)
    used.chmod(0o755)
    with EmbeddedServices(deep, valkey=False, places=places) as services:
        address = services.postgres
        assert address is not None
        assert address.host == "127.0.0.1"
        assert sql(address, "select 1") == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            sql(PostgresAddress(address.host, address.port, address.user, "guess"), "select 1")


@on_linux
def test_a_path_that_just_fits_is_a_socket(used_by_wheel: Path) -> None:
    room = 107 - len(f"{used_by_wheel}//run/.s.PGSQL.5432")
    deep = used_by_wheel / ("a" * room)
    deep.mkdir()
    for name in ("postgres", "postgres.password"):
        (used_by_wheel / name).rename(deep / name)
    used_by_wheel.chmod(0o755)
    with EmbeddedServices(deep, valkey=False) as services:
        assert services.postgres is not None
        assert services.postgres.host == str(deep / "run")
        assert sql(services.postgres, "select 1") == 1


@pytest.mark.parametrize("name", ['Björk\'s "own" data', "one, two"])
def test_a_folder_with_odd_characters_will_do(used: Path, places: Places, name: str) -> None:
    odd = used / name
    odd.mkdir()
    for kept in ("postgres", "postgres.password"):
        (used / kept).rename(odd / kept)
    used.chmod(0o755)
    with EmbeddedServices(odd, places=places) as services:
        assert sql(services.postgres, "select 1") == 1


def test_a_port_that_is_taken_is_explained_with_the_end_of_the_log(
    used: Path, places: Places
) -> None:
    data = DataFolder(used, service_account())
    data.prepare()
    data.clear_run()
    programs = find_postgres(places, data, postgres_server.made_by(data))
    password = postgres_server.prepare_cluster(data, programs)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = PostgresAddress("127.0.0.1", taken.getsockname()[1], "postgres", password)
        server = postgres_server.start(data, programs, address)
        with pytest.raises(EmbeddedError) as failure:
            server.wait_ready()
    assert "The embedded postgres server ended with code 1" in str(failure.value)
    assert "Address already in use" in str(failure.value)


def test_a_cluster_that_cannot_be_made_is_explained_with_what_initdb_said(folder: Path) -> None:
    folder.chmod(0o755)
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in ("postgres", "initdb"):
        program = bin_folder / name
        program.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = --version ] && echo "{name} (PostgreSQL) 18.6" && exit 0\n'
            'echo "could not write: Disk quota exceeded"; exit 1\n'
        )
        program.chmod(0o755)
    with (
        pytest.raises(EmbeddedError, match=r"(?s)cannot be set up.*Disk quota exceeded"),
        EmbeddedServices(folder / "data", valkey=False, places=Places((bin_folder,), ())),
    ):
        pass
    assert not (folder / "data" / "postgres").exists()


def test_a_stale_pid_file_naming_somebody_else_does_not_matter(used: Path, places: Places) -> None:
    with subprocess.Popen(["sleep", "60"], **as_servers_do()) as stranger:
        stale = used / "postgres" / "postmaster.pid"
        stale.write_text(
            f"{stranger.pid}\n{used}/postgres\n1700000000\n5432\n{used}/run\n\n\nready\n"
        )
        (used / "run" / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        with EmbeddedServices(used, valkey=False, places=places) as services:
            assert sql(services.postgres, "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


@on_linux
def test_a_server_killed_outright_starts_again(used: Path, places: Places, launch: Launch) -> None:
    launcher = launch(used)
    sql(launcher.addresses.postgres, "create table kept as select 1 as one")
    for pid in (launcher.process.pid, leaders(used)["postgres"]):
        os.kill(pid, signal.SIGKILL)
    launcher.leave()
    with EmbeddedServices(used, places=places) as services:
        assert sql(services.postgres, "select one from kept") == 1


def test_a_lost_password_is_renewed(used: Path, places: Places) -> None:
    before = (used / "postgres.password").read_text()
    (used / "postgres.password").unlink()
    with EmbeddedServices(used, valkey=False, places=places) as services:
        assert sql(services.postgres, "select 1") == 1
        assert services.postgres is not None
        assert services.postgres.password != before
    assert (used / "postgres.password").exists()


def test_a_half_made_cluster_of_an_interrupted_start_is_removed(folder: Path) -> None:
    half = folder / "postgres.new-1" / "base"
    half.mkdir(parents=True)
    with EmbeddedServices(folder, valkey=False) as services:
        assert sql(services.postgres, "select 1") == 1
    assert list(folder.glob("postgres.new-*")) == []


def test_something_else_in_place_of_the_cluster_is_left_alone(folder: Path) -> None:
    precious = folder / "postgres" / "thesis.txt"
    precious.parent.mkdir()
    precious.touch()
    with (
        pytest.raises(EmbeddedError, match="no PostgreSQL cluster"),
        EmbeddedServices(folder, valkey=False),
    ):
        pass
    assert precious.exists()


def test_the_log_tells_start_and_stop_and_no_statement(used_by_wheel: Path) -> None:
    with (
        EmbeddedServices(used_by_wheel, valkey=False) as services,
        pytest.raises(asyncpg.UndefinedTableError),
    ):
        sql(services.postgres, "select * from no_such_table")
    log = (used_by_wheel / "log" / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "shut down" in log
    assert "no_such_table" not in log
