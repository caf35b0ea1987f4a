"""The program that invents catalogues, `synth-musicbrainz`, and what it needs."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from bench import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report import Progress
    from lidarrmetadata.embedded import PostgresAddress

SHARED = "LIDARR_METADATA_SHARED"
_PROGRAM = Path("tools", "synth-musicbrainz")
_MODULES = {"psycopg2": "psycopg2-binary", "mbdata": "mbdata"}  # the program's, by their package
_SHOWN_LINES = 20

# MusicBrainz collates with ICU, which not every PostgreSQL is built with. It sorts only what we
# do not ask for.
_WITHOUT_ICU = 'CREATE COLLATION musicbrainz.musicbrainz FROM "C";\n'


def generator_in(shared: Path) -> Path:
    """The program. Raises `BenchError`, one line that says all that is missing."""
    program = shared / _PROGRAM
    missing = [] if program.is_file() else [f"{program} (name its folder with --shared)"]
    if shutil.which("psql") is None:
        missing.append("psql (apt install postgresql-client)")
    missing += [
        f"the Python package {package} (pip install {package})"
        for module, package in _MODULES.items()
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        raise BenchError(
            f"to make a catalogue this is missing: {'; '.join(missing)}. Or measure a database "
            "that is there: --dsn postgresql://…"
        )
    return program


def generate(
    program: Path,
    server: PostgresAddress,
    database: str,
    artists: int,
    *,
    icu: bool,
    progress: Progress,
) -> None:
    """Make a database of that many artists; one of that name is replaced. Raises `BenchError`."""
    login = f"user={server.user} password={server.password}"
    with _schema(icu=icu) as schema:
        command = [
            *(sys.executable, str(program)),
            *("--dsn", f"host={server.host} port={server.port} {login}"),
            *("--db", database),
            *("--artists", str(artists)),
            *("--sql", str(schema)),
        ]
        said = []
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    said.append(line)
                    if line.startswith("["):
                        progress.say(f"making {artists:,} artists: {line.strip()}")
            except BaseException:
                process.terminate()  # else it would be waited for, and runs for minutes
                raise
    if process.returncode:
        raise BenchError(f"{program} failed:\n{''.join(said[-_SHOWN_LINES:]).rstrip()}")


@contextmanager
def _schema(*, icu: bool) -> Iterator[Path]:
    """MusicBrainz' SQL, such that this PostgreSQL can read it."""
    with as_file(files("mbdata").joinpath("sql")) as original:
        if icu:
            yield original
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copytree(original, folder, dirs_exist_ok=True))
            (copy / "CreateCollations.sql").write_text(_WITHOUT_ICU, encoding="utf-8")
            yield copy
