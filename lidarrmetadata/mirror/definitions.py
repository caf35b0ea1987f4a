"""MusicBrainz' own table definitions, read out of the package mbdata and cut down to what we keep.

The package holds the SQL files of the MusicBrainz server (MIT). They are written for psql:
backslash commands, `BEGIN`, and names without a schema.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from lidarrmetadata.errors import EmbeddedError
from lidarrmetadata.mirror.tables import COVER_ART_ARCHIVE, INDEXES, MUSICBRAINZ, SCHEMA_OF, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILES_OF_TABLES = {MUSICBRAINZ: ("CreateTables",), COVER_ART_ARCHIVE: ("caa/CreateTables",)}
_FILES_OF_KEYS = {
    MUSICBRAINZ: ("CreatePrimaryKeys", "CreateIndexes", "CreateMirrorIndexes"),
    COVER_ART_ARCHIVE: ("caa/CreatePrimaryKeys", "caa/CreateIndexes"),
}

_PIECE = re.compile(
    r"""(?P<ignored> --[^\n]* | ^\\[^\n]* )   # a comment, or a command to psql
      | (?P<end> ; )
      | (?P<text> '(?:[^']|'')*' | [^-\\';]+ | . )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_TABLE = re.compile(r"CREATE TABLE (?:\w+\.)?(?P<table>\w+)")
_KEY = re.compile(r"ALTER TABLE (?:\w+\.)?(?P<table>\w+)(?= ADD CONSTRAINT \w+ PRIMARY KEY)")
_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (?P<index>\w+) ON (?:\w+\.)?(?P<table>\w+)")


def table_statements() -> list[str]:
    """`CREATE TABLE` for every table we keep, with its schema in front of its name.

    Raises `EmbeddedError` if mbdata is missing or no longer knows one of the tables.
    """
    made = dict(_tables())
    _expect(made, SCHEMA_OF, "table")
    return list(made.values())


def key_statements() -> list[str]:
    """Primary keys and indexes of the tables we keep; to be run when the data is in.

    Raises `EmbeddedError` if mbdata is missing or no longer knows one of them.
    """
    made = dict(_keys_and_indexes())
    _expect(made, {*SCHEMA_OF, *INDEXES}, "key or index")
    return list(made.values())


def _tables() -> Iterator[tuple[str, str]]:
    for schema, statement in _statements(_FILES_OF_TABLES):
        found = _TABLE.match(statement)
        if found and found["table"] in TABLES[schema]:
            yield found["table"], _in_schema(schema, statement, found)


def _keys_and_indexes() -> Iterator[tuple[str, str]]:
    for schema, statement in _statements(_FILES_OF_KEYS):
        key = _KEY.match(statement)
        if key and key["table"] in TABLES[schema]:
            yield key["table"], _in_schema(schema, statement, key)
        index = _INDEX.match(statement)
        if index and index["index"] in INDEXES:
            yield index["index"], _in_schema(schema, statement, index)


def _in_schema(schema: str, statement: str, found: re.Match[str]) -> str:
    start = found.start("table")
    head = statement[:start].removesuffix(f"{schema}.")
    return f"{head}{schema}.{statement[start:]}"


def _statements(wanted: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for schema, names in wanted.items():
        for name in names:
            for statement in _split(_read(name)):
                yield schema, statement


def _split(script: str) -> Iterator[str]:
    parts: list[str] = []
    for piece in _PIECE.finditer(script):
        if piece["end"]:
            yield _tidy(parts)
            parts = []
        elif piece["text"]:
            parts.append(piece["text"])


def _tidy(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def _read(name: str) -> str:
    try:
        return files("mbdata").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    except ModuleNotFoundError as error:
        raise EmbeddedError(
            "the MusicBrainz schema is not installed (Python package mbdata): "
            "pip install lidarr-metadata-server[embedded]"
        ) from error


def _expect(made: dict[str, str], wanted: dict[str, str] | set[str], what: str) -> None:
    if missing := sorted(set(wanted) - set(made)):
        raise EmbeddedError(
            f"the installed package mbdata does not define the {what} {', '.join(missing)} of the "
            "MusicBrainz schema 31: pip install 'mbdata~=31.0', or look for an update of ours"
        )
