from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
import valkey

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded import valkey as valkey_server
from lidarrmetadata.embedded.account import service_account
from lidarrmetadata.embedded.address import ValkeyAddress
from lidarrmetadata.embedded.binaries import Places, find_valkey
from lidarrmetadata.embedded.folder import DataFolder
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import as_servers_do, ping, reachable_places

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_comes_in_without_the_password(folder: Path) -> None:
    with EmbeddedServices(folder, postgres=False) as services:
        assert str(services.valkey_url).startswith("unix://:")
        with (
            valkey.Valkey(unix_socket_path=str(folder / "run" / "valkey.sock")) as client,
            pytest.raises(valkey.AuthenticationError),
        ):
            client.ping()


def test_one_that_never_got_its_settings_does_not_stay(folder: Path) -> None:
    address = ValkeyAddress(folder / "unused.sock", 0, "secret")
    abandoned = subprocess.run(
        valkey_server.command(reachable_places().valkey[0], address),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
        **as_servers_do(),
    )
    assert abandoned.returncode != 0
    assert "not listen anywhere" in abandoned.stdout


def test_it_forgets_the_least_used_when_its_memory_is_full(folder: Path) -> None:
    with (
        EmbeddedServices(folder, postgres=False) as services,
        valkey.Valkey.from_url(str(services.valkey_url)) as client,
    ):
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lfu"
        memory = int(client.config_get("maxmemory")["maxmemory"])
        assert 64 * 2**20 <= memory <= 512 * 2**20


def test_it_writes_nothing_to_disk(folder: Path) -> None:
    with (
        EmbeddedServices(folder, postgres=False) as services,
        valkey.Valkey.from_url(str(services.valkey_url)) as client,
    ):
        client.set("artist", "Nirvana")
    assert list((folder / "valkey").iterdir()) == []


def test_a_path_too_long_for_a_socket_means_loopback_with_a_password(folder: Path) -> None:
    folder.chmod(0o755)
    with EmbeddedServices(folder / ("a" * 100), postgres=False) as services:
        assert ping(services.valkey_url)
        assert "@127.0.0.1:" in str(services.valkey_url)
        port = int(str(services.valkey_url).rpartition(":")[2].removesuffix("/0"))
        with valkey.Valkey(port=port) as client, pytest.raises(valkey.AuthenticationError):
            client.ping()


def test_a_folder_with_odd_characters_will_do(folder: Path) -> None:
    folder.chmod(0o755)
    with EmbeddedServices(folder / 'Björk\'s "own" \\ data', postgres=False) as services:
        assert ping(services.valkey_url)


def test_a_port_that_is_taken_is_explained_with_the_end_of_the_log(folder: Path) -> None:
    data = DataFolder(folder, service_account())
    data.prepare()
    program = find_valkey(Places.of_this_machine(), data)
    assert program is not None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = ValkeyAddress(None, taken.getsockname()[1], "secret")
        server = valkey_server.start(data, program, address)
        with pytest.raises(EmbeddedError, match=r"(?s)ended with code 1.*already in use"):
            server.wait_ready()
