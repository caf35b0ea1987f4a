"""Entries in this process, the longest unused thrown out first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from lidarrmetadata.cache.batches import decode_all, encode_all
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.store import Store, check_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# Bytes an entry takes besides key and value: objects and places in the dict (CPython, 64 bit).
_OVERHEAD = 400


class _Kept(NamedTuple):
    encoded: bytes
    expires: datetime


class MemoryStore(Store):
    """At most `max_bytes` bytes of entries of all tables together.

    Values are kept encoded: so their size is known, they take a tenth of the room, and nobody can
    change by accident what others will read. Never unavailable.
    """

    name = "memory"
    shared = False

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes in use, about."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    async def open(self) -> None:
        """See `Store`. There is nothing to open."""

    async def close(self) -> None:
        """See `Store`. Forgets everything."""
        self._kept.clear()
        self._bytes = 0

    async def get_many(self, table: str, keys: Iterable[str]) -> dict[str, Entry]:
        """See `Store`. What is read counts as used."""
        check_table(table)
        found: dict[str, _Kept] = {}
        for key in keys:
            if kept := self._kept.get((table, key)):
                self._kept.move_to_end((table, key))
                found[key] = kept
        values, _ = await decode_all({key: kept.encoded for key, kept in found.items()})
        return {key: Entry(value, found[key].expires) for key, value in values.items()}

    async def put_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`. An entry larger than the whole store is not kept."""
        check_table(table)
        for key, encoded in (await encode_all(entries)).items():
            self._keep(table, key, _Kept(encoded, entries[key].expires))

    async def fill_many(self, table: str, entries: Mapping[str, Entry]) -> None:
        """See `Store`."""
        check_table(table)
        for key, encoded in (await encode_all(entries)).items():
            kept, expires = self._kept.get((table, key)), entries[key].expires
            if kept is None or STALE != kept.expires < expires:
                self._keep(table, key, _Kept(encoded, expires))

    async def expire_many(
        self, table: str, keys: Iterable[str], *, announce: bool = True
    ) -> set[str]:
        """See `Store`. Nobody is told: what is here, only this process knows."""
        check_table(table)
        known = set()
        for key in keys:
            if kept := self._kept.get((table, key)):
                self._kept[table, key] = kept._replace(expires=STALE)
                known.add(key)
        return known

    async def expire_all(self, table: str) -> None:
        """See `Store`."""
        check_table(table)
        await self.expire_many(table, self._keys(table))

    def forget(self, table: str, keys: frozenset[str] | None) -> None:
        """See `Store`."""
        check_table(table)
        for key in self._keys(table) if keys is None else keys:
            self._drop(table, key)

    def _keys(self, table: str) -> list[str]:
        return [key for kept_table, key in self._kept if kept_table == table]

    def _keep(self, table: str, key: str, kept: _Kept) -> None:
        self._drop(table, key)
        self._kept[table, key] = kept
        self._bytes += _size(key, kept.encoded)
        while self._bytes > self._max_bytes:
            self._drop(*next(iter(self._kept)))

    def _drop(self, table: str, key: str) -> None:
        if kept := self._kept.pop((table, key), None):
            self._bytes -= _size(key, kept.encoded)


def _size(key: str, encoded: bytes) -> int:
    return _OVERHEAD + len(key) + len(encoded)
