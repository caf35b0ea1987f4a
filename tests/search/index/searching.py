"""Asking an index, in short."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from lidarrmetadata.search.index.reader import IndexReader
from lidarrmetadata.search.matching import Query
from lidarrmetadata.search.ranking import rank_albums, rank_artists

if TYPE_CHECKING:
    from lidarrmetadata.search.index.folder import IndexFolder


class Search:
    """Looks for a newer index at every question."""

    def __init__(self, folder: IndexFolder) -> None:
        self.reader = IndexReader(folder, monotonic=count().__next__)

    def artists(self, text: str, limit: int = 10) -> list[str]:
        """Names, the best first."""
        query = Query.of(text)
        found = self.reader.find_artists(query, limit)
        names = {one.id: one.name for one in found}
        return [names[hit.id] for hit in rank_artists(query, found, limit)]

    def albums(self, text: str, artist: str = "", limit: int = 10) -> list[str]:
        """Titles, the best first."""
        query, by = Query.of(text), Query.of(artist)
        found = self.reader.find_albums(query, by, limit)
        titles = {one.id: one.title for one in found}
        return [titles[hit.id] for hit in rank_albums(query, by, found, limit)]

    def everybody(self) -> list[str]:
        """All who are called Number, as often as they are there."""
        return sorted(one.name for one in self.reader.find_artists(Query.of("number"), 5000))
