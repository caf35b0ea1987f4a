from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from lidarrmetadata.embedded.address import PostgresAddress, ValkeyAddress, fits_socket


def test_a_socket_folder_with_odd_characters_survives_the_dsn() -> None:
    address = PostgresAddress("/srv/my data&more", 5432, "postgres", "p@ss/word")
    parts = urlsplit(address.dsn("música"))
    assert parse_qs(parts.query)["host"] == ["/srv/my data&more"]
    assert parts.username == "postgres"
    assert parts.password == "p%40ss%2Fword"


def test_a_loopback_address_has_host_and_port_in_front() -> None:
    assert (
        PostgresAddress("127.0.0.1", 4711, "u", "p").dsn("d")
        == "postgresql://u:p@127.0.0.1:4711/d?sslmode=disable"
    )
    assert ValkeyAddress(None, 4711, "p").url == "redis://:p@127.0.0.1:4711/0"


def test_a_valkey_socket_is_named_by_its_path() -> None:
    assert (
        ValkeyAddress(Path("/srv/my data/v.sock"), 0, "p").url == "unix://:p@/srv/my%20data/v.sock"
    )


def test_a_socket_path_is_measured_in_bytes() -> None:
    assert fits_socket(Path("/" + "a" * 100))
    assert not fits_socket(Path("/" + "é" * 100))
