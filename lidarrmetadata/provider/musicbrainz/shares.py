"""Who may hold how many of the database's connections at once.

A statement can hang until its time limit: on a table that somebody else has to himself, on a disk
that is lost. What hangs must not hold every connection, or it stops what would not.
"""

from __future__ import annotations

from asyncio import Semaphore
from dataclasses import dataclass

_MOST = 0.6  # of all connections, for artists and for albums
_APART = 3  # connections that no document takes: for the vintage, the list of changes, and names
_OTHERS = 2  # connections for documents that artists leave to albums and searches, albums likewise
_SEARCHES = 2


@dataclass(frozen=True)
class Share:
    """What one kind of question may hold. A turn of each is needed for a connection."""

    name: str
    turns: tuple[Semaphore, ...]


class Shares:
    """The shares of a pool of `size` connections.

    From six connections on, no share can take all that another needs. With fewer, the vintage, the
    list of changes and names may have to wait for documents; a single connection is everybody's.
    """

    def __init__(self, size: int) -> None:
        documents = size - min(_APART, max(0, size - 2))
        most = max(1, min(int(size * _MOST), documents - _OTHERS))
        together = Semaphore(documents)
        self.most = most
        """Connections that artists may hold, and albums."""
        self.artists = Share("artists", (Semaphore(most), together))
        self.albums = Share("albums", (Semaphore(most), together))
        self.search = Share("searches", (Semaphore(min(_SEARCHES, most)), together))
        self.vintage = Share("vintage", (Semaphore(1),))
        self.changes = Share("changes", (Semaphore(1),))
        self.names = Share("names", (Semaphore(1),))
