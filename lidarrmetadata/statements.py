"""SQL statements, one per file in `sql/`, installed as package data `lidarrmetadata.sql`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Text of `sql/<name>.sql`, for example `statement("musicbrainz/artists")`."""
    return files("lidarrmetadata.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")
