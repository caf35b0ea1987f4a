"""A catalogue that is two lists, and the index of it."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from lidarrmetadata.provider.mixins import Changes, ChangesMixin, NamesMixin
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

MEMORY = 32 * 2**20


def mbid(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{name}"))


def artist(name: str, *aliases: str, sort_name: str = "", renown: int = 0) -> ArtistNames:
    return ArtistNames(mbid("artist", name), name, sort_name or name, aliases, renown)


def album(
    title: str,
    by: ArtistNames,
    *,
    renown: int = 0,
    grade: Grade = Grade.OFFICIAL,
    aliases: tuple[str, ...] = (),
) -> AlbumNames:
    credits_ = tuple(dict.fromkeys((by.name, *by.aliases)))
    identity = mbid("album", f"{by.name}/{title}/{grade}")
    return AlbumNames(identity, title, by.id, aliases, credits_, renown, grade)


def numbered(count: int) -> tuple[list[ArtistNames], list[AlbumNames]]:
    """So many artists who are all called Number, each with an album."""
    artists = [artist(f"Number {number}", renown=number) for number in range(count)]
    return artists, [album(f"Count {n}", by) for n, by in enumerate(artists)]


class Listed(NamesMixin, ChangesMixin):
    """Rows are numbered by their places in the lists, from 1 on."""

    def __init__(self, artists: Sequence[ArtistNames], albums: Sequence[AlbumNames]) -> None:
        self.listed = list(artists)
        self.albums = list(albums)
        self.changed: tuple[set[str], set[str]] = (set(), set())
        self.everything = False
        self.marks = 0
        self.asked_since: list[tuple[datetime, str]] = []
        self.before_rows: Callable[[int], None] = lambda _: None

    async def count_names(self) -> tuple[int, int]:
        return len(self.listed), len(self.albums)

    async def artist_names(self, after: int, limit: int) -> Sequence[tuple[int, ArtistNames]]:
        self.before_rows(after)
        await asyncio.sleep(0)
        return list(enumerate(self.listed, 1))[after : after + limit]

    async def album_names(self, after: int, limit: int) -> Sequence[tuple[int, AlbumNames]]:
        return list(enumerate(self.albums, 1))[after : after + limit]

    async def artist_names_of(self, mbids: Sequence[str]) -> Sequence[ArtistNames]:
        return [one for one in self.listed if one.id in mbids]

    async def album_names_of(self, mbids: Sequence[str]) -> Sequence[AlbumNames]:
        return [one for one in self.albums if one.id in mbids]

    async def changes(self, since: datetime, mark: str) -> Changes:
        self.asked_since.append((since, mark))
        self.marks += 1
        artists, albums = (dict.fromkeys(changed) for changed in self.changed)
        return Changes(artists, albums, f"mark {self.marks}", self.everything)
