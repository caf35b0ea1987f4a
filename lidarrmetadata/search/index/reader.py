"""Finds candidates in the index that serves, and keeps to the newest."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lidarrmetadata.documents import Kind
from lidarrmetadata.search.index import candidates
from lidarrmetadata.search.index.errors import IndexUnavailable
from lidarrmetadata.search.index.writer import PARTS, open_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lidarrmetadata.search.index.folder import Generation, IndexFolder, State
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0  # between two looks whether there is something newer
_TRIES = 3  # to open what may be replaced that very moment

_Stand = tuple[object, ...]
_Parts = dict[Kind, candidates.Part]


class IndexReader:
    """The index of a folder, to be asked from any number of threads, but never an event loop.

    Opens it at the first question, and a newer one within a second of its being there.
    """

    def __init__(
        self, folder: IndexFolder, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._stand: _Stand | None = None
        self._open: _Parts | None = None
        self._problem = ""

    def find_artists(self, query: Query, limit: int) -> list[ArtistNames]:
        """Artists that may be meant, the best `limit` among them. Raises `IndexUnavailable`."""
        parts = self._opened()
        with _readable(self._folder):
            return candidates.artists(parts["artist"], query, limit)

    def find_albums(self, query: Query, artist: Query, limit: int) -> list[AlbumNames]:
        """Albums that may be meant, the best `limit` among them; `artist` may be empty.

        Raises `IndexUnavailable`.
        """
        parts = self._opened()
        with _readable(self._folder):
            return candidates.albums(parts["album"], parts["artist"], query, artist, limit)

    def counts(self) -> tuple[int, int]:
        """How many artists and albums are in it. Raises `IndexUnavailable`."""
        parts = self._opened()
        return parts["artist"].searcher.num_docs, parts["album"].searcher.num_docs

    def _opened(self) -> _Parts:
        with self._lock:
            now = self._monotonic()
            if now - self._looked >= _LOOK_SECONDS:
                self._looked = now
                self._look()
            if self._open is None:
                raise IndexUnavailable(self._problem)
            return self._open

    def _look(self) -> None:
        """Open what serves now, unless it is open already."""
        problem = ""
        for _ in range(_TRIES):
            try:
                generation = self._folder.current()
                generation.state()
                stand = _stand(generation)
            except (IndexUnavailable, OSError) as error:
                problem = str(error)
                self._open = self._stand = None
                continue
            if stand == self._stand:
                return
            try:
                with _readable(self._folder):
                    self._open = _both_of(generation)
            except IndexUnavailable as error:
                problem = str(error)
                continue
            self._stand = stand
            self._problem = ""
            return
        # One that was opened before still answers.
        self._note(problem)

    def _note(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("event=search_index_unavailable cause=%r", problem)
        self._problem = problem


def check(folder: IndexFolder) -> State:
    """What is known of the index that serves. Raises `IndexUnavailable` if it cannot be read."""
    generation = folder.current()
    state = generation.state()
    with _readable(folder):
        _both_of(generation)
    return state


@contextmanager
def _readable(folder: IndexFolder) -> Iterator[None]:
    """Make what a broken file leads to `IndexUnavailable`."""
    try:
        yield
    except (OSError, ValueError, TypeError) as error:
        raise _broken(folder, error) from error
    except BaseException as error:
        # What Rust calls a panic is no Exception, but all that is lost is this question.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(folder, error) from error


def _broken(folder: IndexFolder, error: BaseException) -> IndexUnavailable:
    return IndexUnavailable(
        f"the search index in {folder.path} is broken ({error}): "
        "`lidarr-metadata search build` makes it anew"
    )


def _stand(generation: Generation) -> _Stand:
    """What changes whenever an index is replaced or written to. Raises OSError."""
    stand: list[object] = [generation.path.name]
    for part in PARTS.values():
        status = (generation.path / part / "meta.json").stat()
        stand += [status.st_mtime_ns, status.st_ino, status.st_size]
    return tuple(stand)


def _both_of(generation: Generation) -> _Parts:
    """Both indexes: what is written later is not in them."""
    indexes = {kind: open_index(generation.path, kind) for kind in PARTS}
    return {
        kind: candidates.Part(index.searcher(), index.schema) for kind, index in indexes.items()
    }
