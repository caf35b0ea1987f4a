"""A large catalogue out of thin air, in MusicBrainz' full schema, made by the shared generator."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.dumps import at
from tests.shared import SHARED, shared_data

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database


def synthetic(server: PostgresAddress, name: str, artists: int) -> Database:
    """A database of this many artists. Needs psql."""
    shared_data("musicbrainz/artist-names.txt")
    _run("synth-musicbrainz", server, "--db", name, "--artists", str(artists), dsn="--dsn")
    return at(server, name)


def full_schema(server: PostgresAddress, name: str, dump: str) -> Database:
    """A database holding an official dump, every table and index of it. Needs psql."""
    _run("load-musicbrainz-dump", server, name, str(shared_data(dump)))
    return at(server, name)


def _run(tool: str, server: PostgresAddress, *arguments: str, dsn: str = "") -> None:
    address = f"host={server.host} port={server.port} user={server.user} password={server.password}"
    subprocess.run(
        [sys.executable, SHARED / "tools" / tool, *([dsn] if dsn else []), address, *arguments],
        env={**os.environ, "PGCLIENTENCODING": "UTF8"},
        check=True,
        capture_output=True,
    )
