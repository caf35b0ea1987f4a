from __future__ import annotations

import getpass

import pytest

from bench import BenchError
from bench.target import Target


def test_a_url_is_taken_apart_with_its_escapes() -> None:
    target = Target.of_url("postgresql://me:p%40ss@db.test:6000/my%20data?sslmode=disable")
    assert target == Target("db.test", 6000, "me", "p@ss", "my data")


def test_a_socket_is_named_by_its_folder() -> None:
    target = Target.of_url("postgresql:///data?host=%2Frun%2Fpostgresql&port=6000")
    assert target == Target("/run/postgresql", 6000, getpass.getuser(), "", "data")


@pytest.mark.parametrize("url", ["data", "mysql://host/data", "postgresql://host:port/data"])
def test_what_is_no_url_of_a_database_is_answered_with_one(url: str) -> None:
    with pytest.raises(BenchError, match="one looks like postgresql://"):
        Target.of_url(url)


def test_server_and_psql_are_told_of_the_same_database() -> None:
    target = Target("db.test", 6000, "me", "secret", "data")
    assert target.server_environment["DATABASE__DATABASE"] == target.psql_environment["PGDATABASE"]
    assert (
        target.server_environment["DATABASE__PORT"] == target.psql_environment["PGPORT"] == "6000"
    )
