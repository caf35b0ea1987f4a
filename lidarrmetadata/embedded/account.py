"""The user the embedded servers run as: PostgreSQL refuses to be root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterable

UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user of this machine; `gid` is its own group, the only one its servers keep."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process runs as that user already, so that nothing has to be changed."""
        return self.uid == os.geteuid()


def current_account() -> Account:
    """Return the user this process runs as; one without a name is called by its number."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Account(name, uid, os.getegid())


def service_account(names: Iterable[str] = UNPRIVILEGED) -> Account:
    """Return the user to run servers as: ourselves, or for root the first of `names` there is.

    Raises EmbeddedError when this process is root and the machine has none of them.
    """
    if os.geteuid() != 0:
        return current_account()
    wanted = list(names)
    for name in wanted:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        f"The embedded servers must not run as root, and there is no user {' or '.join(wanted)}. "
        "Add one of them, or start this program as another user."
    )
