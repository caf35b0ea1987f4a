"""The words behind MusicBrainz' numbers for types, statuses and formats."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.provider.musicbrainz.rows import Row


class Vocabulary:
    """Names by number, as `sql/musicbrainz/vocabulary.sql` gives them.

    `UnknownWord` for a number not yet seen.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        words: defaultdict[str, dict[int | None, str]] = defaultdict(_Words)
        for row in rows:
            words[row["kind"]][row["id"]] = row["name"]
        self.artist_types = words["artist type"]
        self.types = words["type"]
        self.secondary_types = words["secondary type"]
        self.statuses = words["status"]
        self.formats = words["format"]


class UnknownWord(LookupError):
    """A number that the vocabulary does not have: it has grown since it was read."""


class _Words(dict["int | None", str]):
    def __missing__(self, number: int | None) -> str:
        raise UnknownWord(number)
