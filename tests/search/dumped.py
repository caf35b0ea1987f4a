"""The names in an official dump, out of its archive: artists, aliases, albums, statuses."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.search.known import KnownAlbum, KnownArtist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Row = list[str]

_TABLES = (
    *("artist", "artist_alias", "artist_credit_name", "artist_meta", "release", "release_status"),
    *("release_group", "release_group_alias", "release_group_meta", "release_group_primary_type"),
    *("release_group_secondary_type", "release_group_secondary_type_join"),
)
_NULL = r"\N"
_UNLISTED = ("Audio drama", "Field recording")  # types our sample's lists lack, of no matter here


def dumped_artists(folder: Path) -> Iterator[KnownArtist]:
    """The artists in a dump, with the albums on which they are credited first."""
    tables = _tables(folder)
    votes = {row[0]: _number(row[2]) for row in tables["artist_meta"]}
    aliases = _lists((row[1], row[2]) for row in tables["artist_alias"])
    first = {row[0]: row[2] for row in tables["artist_credit_name"] if row[1] == "0"}
    albums: dict[str, list[KnownAlbum]] = defaultdict(list)
    for credit, album in _albums(tables):
        albums[first[credit]].append(album)
    for row in tables["artist"]:
        yield KnownArtist(
            row[2],
            votes.get(row[0], 0),
            row[12],
            row[3],
            tuple(dict.fromkeys(aliases[row[0]])),
            albums[row[0]],
            mbid=row[1],
        )


def _albums(tables: dict[str, list[Row]]) -> Iterator[tuple[str, KnownAlbum]]:
    votes = {row[0]: _number(row[6]) for row in tables["release_group_meta"]}
    aliases = _lists((row[1], row[2]) for row in tables["release_group_alias"])
    kinds = {row[0]: row[1] for row in tables["release_group_primary_type"]}
    named = {row[0]: row[1] for row in tables["release_group_secondary_type"]}
    secondary = _lists(
        (row[0], named[row[1]])
        for row in tables["release_group_secondary_type_join"]
        if named[row[1]] not in _UNLISTED
    )
    status = {row[0]: row[1] for row in tables["release_status"]}
    statuses = _lists((row[4], status.get(row[5])) for row in tables["release"])
    for row in tables["release_group"]:
        yield (
            row[3],
            KnownAlbum(
                row[2],
                votes.get(row[0], 0),
                row[1],
                kinds.get(row[4]),
                tuple(secondary[row[0]]),
                tuple(statuses[row[0]]),
                tuple(dict.fromkeys(aliases[row[0]])),
            ),
        )


def _tables(folder: Path) -> dict[str, list[Row]]:
    tables = {}
    for path in sorted(folder.glob("*.tar.bz2")):
        with tarfile.open(path) as archive:
            for member in archive:
                directory, _, table = member.name.rpartition("/")
                if directory == "mbdump" and table in _TABLES:
                    content = archive.extractfile(member)
                    assert content is not None
                    # No field that is read here holds an escaped character but the backslash.
                    lines = content.read().decode("utf-8").split("\n")[:-1]
                    tables[table] = [line.replace("\\\\", "\\").split("\t") for line in lines]
    return tables


def _number(text: str) -> int:
    return 0 if text == _NULL else int(text)


def _lists(pairs: Iterator[tuple[str, str | None]]) -> dict[str, list[str | None]]:
    lists: dict[str, list[str | None]] = defaultdict(list)
    for key, value in pairs:
        lists[key].append(value)
    return lists
