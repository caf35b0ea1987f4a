"""What a catalogue must be able to tell, for an index to be made of it and kept up.

The mixins of the same names (provider/mixins.py) are such catalogues; this package is below them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lidarrmetadata.search.names import AlbumNames, ArtistNames


class Names(Protocol):
    """Lists its artists and albums: see `NamesMixin`."""

    async def count_names(self) -> tuple[int, int]:
        """About how many artists and albums there are."""

    async def artist_names(self, after: int, limit: int) -> Sequence[tuple[int, ArtistNames]]:
        """The next artists by row number."""

    async def album_names(self, after: int, limit: int) -> Sequence[tuple[int, AlbumNames]]:
        """The next albums by row number."""

    async def artist_names_of(self, mbids: Sequence[str]) -> Sequence[ArtistNames]:
        """These artists, those there are."""

    async def album_names_of(self, mbids: Sequence[str]) -> Sequence[AlbumNames]:
        """These albums, those there are."""


class Changed(Protocol):
    """What has changed: see `Changes`."""

    @property
    def artists(self) -> Mapping[str, datetime | None]:
        """By MBID, when."""

    @property
    def albums(self) -> Mapping[str, datetime | None]:
        """By MBID, when."""

    @property
    def mark(self) -> str:
        """To be handed to the next call."""

    @property
    def everything(self) -> bool:
        """Whether only "all of it" is true."""


@runtime_checkable
class TellsChanges(Protocol):
    """Tells what has changed: see `ChangesMixin`."""

    async def changes(self, since: datetime, mark: str) -> Changed:
        """What changed since."""


class Age(Protocol):
    """How new a catalogue is: see `Vintage`."""

    @property
    def replicated(self) -> datetime | None:
        """Time of its last change."""


@runtime_checkable
class TellsAge(Protocol):
    """Tells how new it is: see `DataVintageMixin`."""

    async def vintage(self) -> Age:
        """How new it is."""


async def begins(catalogue: Names, now: datetime) -> tuple[datetime, str]:
    """From when on, and from which mark on, changes are to be looked for after reading it now.

    Without a mark what has no time of change is not found later on, but the rest is.
    """
    seen_until = await up_to(catalogue, now)
    if not isinstance(catalogue, TellsChanges):
        return seen_until, ""
    return seen_until, (await catalogue.changes(now, "")).mark


async def up_to(catalogue: Names, now: datetime) -> datetime:
    """Up to when the catalogue has its changes: a mirror may be days behind."""
    if not isinstance(catalogue, TellsAge):
        return now
    replicated = (await catalogue.vintage()).replicated
    return min(now, replicated) if replicated else now
