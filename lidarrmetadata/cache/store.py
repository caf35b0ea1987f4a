"""The interface of everything that keeps entries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lidarrmetadata.cache.entry import Entry

TABLES = ("artist", "album", "spotify", "fanart", "tadb", "wikipedia", "chart", "search")
"""The tables of every store, named for what they hold or whose answers they are."""


class CacheUnavailable(Exception):
    """A store cannot be read or written now. The message names cause and cure."""


class Store(ABC):
    """Entries by table and key. Keys are any text; tables are those of `TABLES`, else ValueError.

    All but `close` raise CacheUnavailable. Values must not change while a call runs, and what is
    read belongs to the caller.
    """

    name: ClassVar[str]
    """One word for logs and metrics."""

    shared: ClassVar[bool] = True
    """Whether other processes read and write it as well."""

    @abstractmethod
    async def open(self) -> None:
        """Called once, before anything else, in the event loop that will use it."""

    @abstractmethod
    async def close(self) -> None:
        """Called last. May be followed by `open`."""

    @abstractmethod
    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """Return the entries there are, expired ones too: whether those will do, the caller knows.

        A key without an entry is left out.
        """

    @abstractmethod
    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """Keep entries by key, in place of any there are. The last one to write wins.

        Raises TypeError or ValueError if a value is none that `codec.encode` takes.
        """

    @abstractmethod
    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """Make entries due at once, and return the keys there were.

        They stay, to be served while their source is unavailable. With `announce` that counts as a
        change, which clients are told of.
        """

    @abstractmethod
    async def expire_all(self, table: str) -> None:
        """Make every entry of a table due at once, which clients are not told of."""

    async def fill_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """Leave with this store what one further away had, which may have changed since.

        Therefore never in place of an entry that lasts as long, nor of one that was expired by hand
        (`expires == STALE`): only `put_many` replaces those. By default nothing is kept: there is
        nothing further away.
        """
        check_table(table)

    def forget(self, table: str, keys: frozenset[str] | None) -> None:
        """Drop what this process keeps for itself, as another has changed it. None: every key.

        By default nothing: shared stores have been changed themselves.
        """
        check_table(table)


def check_table(table: str) -> None:
    """Raise ValueError unless `table` is one of `TABLES`."""
    if table not in TABLES:
        raise ValueError(f"there is no cache table {table!r}, only {', '.join(TABLES)}")
