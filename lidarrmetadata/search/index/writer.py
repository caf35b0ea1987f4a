"""Writes the two indexes of a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, Self

import tantivy

from lidarrmetadata.search.index.schema import (
    album_document,
    album_schema,
    artist_document,
    artist_schema,
    mbid_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from lidarrmetadata.documents import Kind
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

PARTS: dict[Kind, Literal["artists", "albums"]] = {"artist": "artists", "album": "albums"}
"""The folder of each index."""

_SCHEMAS = {"artist": artist_schema, "album": album_schema}
# Documents are made by one thread, which keeps about two busy with indexing them.
_THREADS = min(2, os.cpu_count() or 1)
_LEAST_MEMORY = 15_000_000 * _THREADS  # bytes; tantivy refuses less
_MOST_MEMORY = 4_000_000_000 * _THREADS  # bytes; and more


class Writer:
    """Adds to, and deletes from, the artists and albums below a folder.

        with Writer(folder, memory) as writer:
            for artist in artists:
                writer.add_artist(artist)
            for album in albums:
                writer.add_album(album)

    What is not committed nobody reads; leaving the block commits, unless by an exception. All of
    the memory (bytes, roughly) is used for one kind at a time: coming to the other kind commits
    the one before, so they should not be mixed. Raises OSError or ValueError when the disk is full
    or an index is broken, ValueError for what is no MBID. Use it from one thread at a time.
    """

    def __init__(self, folder: Path, memory: int) -> None:
        self._folder = folder
        self._memory = min(max(memory, _LEAST_MEMORY), _MOST_MEMORY)
        self._kind: Kind | None = None
        self._index: tantivy.Index | None = None
        self._open: tantivy.IndexWriter | None = None

    def __enter__(self) -> Self:
        """Make both indexes if they are not there."""
        for kind in PARTS:
            _make_index(self._folder, kind)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit, or forget what was not committed."""
        if kind is None:
            self.close()
        else:
            self._open = self._index = self._kind = None

    def add_artist(self, artist: ArtistNames) -> None:
        """Add an artist, in addition to one with the same id if it was not deleted."""
        self._writer("artist").add_document(artist_document(artist))

    def add_album(self, album: AlbumNames) -> None:
        """Add an album, in addition to one with the same id if it was not deleted."""
        self._writer("album").add_document(album_document(album))

    def delete(self, kind: Kind, mbid: str) -> None:
        """Delete the artist or album of this id, if it is there and was added before."""
        writer = self._writer(kind)
        assert self._index is not None  # noqa: S101  opened with the writer
        term = tantivy.Query.term_query(
            self._index.schema, "id", mbid_bytes(mbid), index_option="basic"
        )
        writer.delete_documents_by_query(term)

    def count(self, kind: Kind) -> int:
        """How many there are, as far as committed."""
        return open_index(self._folder, kind).searcher().num_docs

    def commit(self) -> None:
        """Have everything so far on disk, to be found by whoever looks next."""
        if self._open is not None:
            self._open.commit()

    def close(self) -> None:
        """Commit, and wait until small files have been merged into large ones."""
        if self._open is not None:
            self._open.commit()
            self._open.wait_merging_threads()
        self._open = self._index = self._kind = None

    def _writer(self, kind: Kind) -> tantivy.IndexWriter:
        if self._open is None or self._kind != kind:
            self.close()
            self._index = open_index(self._folder, kind)
            self._open = self._index.writer(heap_size=self._memory, num_threads=_THREADS)
            self._kind = kind
        return self._open


def open_index(folder: Path, kind: Kind) -> tantivy.Index:
    """The index of a kind below a folder. Raises OSError and ValueError."""
    index = tantivy.Index.open(str(folder / PARTS[kind]))
    # Looked at anew only when told to: else each has a thread that reads a file all the time.
    index.config_reader("manual")
    index.reload()
    return index


def is_sound(folder: Path) -> bool:
    """Whether a writer can go on with what is below a folder."""
    try:
        for kind, part in PARTS.items():
            if tantivy.Index.exists(str(folder / part)):
                open_index(folder, kind)
    except (OSError, ValueError):
        return False
    return True


def _make_index(folder: Path, kind: Kind) -> None:
    path = folder / PARTS[kind]
    path.mkdir(parents=True, exist_ok=True)
    if not tantivy.Index.exists(str(path)):
        # Each of its files holds the best first, as they are asked for.
        tantivy.Index(
            _SCHEMAS[kind](), str(path), sort_by_field="order", sort_order=tantivy.Order.Desc
        )
