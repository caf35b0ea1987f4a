"""Which state of the source this is.

A wheel carries it in `build.json`, written when it was built; a checkout reads it off its own
`.git`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from lidarrmetadata import __version__ as VERSION  # noqa: N812  (the package's own word for it is lower case)

__all__ = ["VERSION", "branch", "commit"]

_UNKNOWN = "unknown"


def branch() -> str:
    """Name of the branch, `unknown` if neither a build nor a checkout tells."""
    return _state()[0]


def commit() -> str:
    """Full commit id, `unknown` if neither a build nor a checkout tells."""
    return _state()[1]


@cache
def _state() -> tuple[str, str]:
    built = files("lidarrmetadata").joinpath("build.json")
    if built.is_file():
        state = json.loads(built.read_text(encoding="utf-8"))
        return state["branch"], state["commit"]
    return checkout_state(Path(__file__).parent.parent / ".git")


def checkout_state(git: Path) -> tuple[str, str]:
    """Branch and commit of a `.git` folder, read from its files: git may not be installed."""
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return "detached", head
        reference = head.removeprefix("ref: ")
        name = reference.removeprefix("refs/heads/")
        loose = git / reference
        if loose.is_file():
            return name, loose.read_text(encoding="ascii").strip()
        for line in (git / "packed-refs").read_text(encoding="ascii").splitlines():
            if line.endswith(f" {reference}"):
                return name, line.split()[0]
    except (OSError, UnicodeDecodeError):
        return _UNKNOWN, _UNKNOWN
    return name, _UNKNOWN
