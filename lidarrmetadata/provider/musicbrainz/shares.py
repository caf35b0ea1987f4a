"""Who may hold how many of the database's connections at once.

A statement can hang until its time limit: on a table that somebody else has to himself, on a disk
that is lost. What hangs must not hold every connection, or it stops what would not.
"""

from __future__ import annotations

from asyncio import Semaphore
from dataclasses import dataclass

_MOST = 0.6  # of all connections, for artists and for albums
_APART = 2  # connections that no document takes: one for the vintage, one for the list of changes


@dataclass(frozen=True)
class Share:
    """What one kind of question may hold. A turn of each is needed for a connection."""

    name: str
    turns: tuple[Semaphore, ...]


class Shares:
    """The shares of a pool of `size` connections.

    From four connections on, no share can take all that another needs. With fewer, the vintage and
    the list of changes may have to wait for documents; a single connection is everybody's.
    """

    def __init__(self, size: int) -> None:
        documents = size - min(_APART, max(0, size - 2))
        most = max(1, min(int(size * _MOST), documents - 1))
        together = Semaphore(documents)
        self.most = most
        """Connections that artists may hold, and albums."""
        self.artists = Share("artists", (Semaphore(most), together))
        self.albums = Share("albums", (Semaphore(most), together))
        self.vintage = Share("vintage", (Semaphore(1),))
        self.changes = Share("changes", (Semaphore(1),))
