"""Copies of programs inside the data folder, for a user who cannot read the installed ones."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

# Parts of a PostgreSQL installation no server ever opens.
UNUSED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a", "__pycache__")


def copied(programs: Path, kind: str, version: str, parts: Mapping[str, Path]) -> Path:
    """Return the folder below `programs` that holds a copy of `parts`, made unless it is there.

    `parts` gives the source file or folder for each relative path in the copy. A copy is made
    beside and renamed, so that there is never half of one; other versions of the same kind are
    removed. Raises OSError.
    """
    programs.mkdir(exist_ok=True)
    programs.chmod(0o755)
    wanted = programs / f"{kind}-{version}"
    for other in programs.glob(f"{kind}-*"):
        if other != wanted:
            log.info("embedded programs=%s state=removed", other.name)
            shutil.rmtree(other)
    if not wanted.exists():
        beside = programs / f"{wanted.name}.new"
        for name, source in parts.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=UNUSED)
            else:
                shutil.copy2(source, target)
        _open_to_all(beside)
        os.sync()  # a power cut must not leave the name of a copy without its content
        beside.rename(wanted)
        log.info("embedded programs=%s state=copied", wanted.name)
    return wanted


def fingerprint(program: Path) -> str:
    """Return a short word that changes when the program file is replaced."""
    info = program.stat()
    return f"{info.st_size:x}{int(info.st_mtime):x}"


def _open_to_all(root: Path) -> None:
    root.chmod(0o755)
    for parent, folders, files in os.walk(root):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
