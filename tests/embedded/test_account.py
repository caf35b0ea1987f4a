from __future__ import annotations

import os
from pathlib import Path

import pytest

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.account import current_account, service_account
from lidarrmetadata.errors import EmbeddedError
from tests.embedded.support import as_root, leaders, on_linux


def status_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


@as_root
@on_linux
def test_root_runs_servers_as_somebody_else_without_roots_groups(used_by_wheel: Path) -> None:
    account = service_account()
    with EmbeddedServices(used_by_wheel):
        for pid in leaders(used_by_wheel).values():
            status = status_of(pid)
            assert set(status["Uid"]) == {str(account.uid)}
            assert set(status["Gid"]) == {str(account.gid)}
            assert set(status["Groups"]) <= {str(account.gid)}
    assert account.uid != 0


@as_root
def test_root_takes_the_first_user_there_is() -> None:
    assert service_account(["no-such-user", "nobody"]).name == "nobody"


@as_root
def test_root_itself_is_never_taken() -> None:
    with pytest.raises(EmbeddedError, match="must not run as root"):
        service_account(["no-such-user", "root"])


def test_the_current_account_is_who_we_are() -> None:
    account = current_account()
    assert (account.uid, account.gid) == (os.geteuid(), os.getegid())
    assert account.is_ours
