"""Artists and albums as search knows them: by their names, and by how much the world knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Grade(IntEnum):
    """What comes first among albums of the same name."""

    OFFICIAL = 0
    COMPILATION = 1
    BOOTLEG = 2  # without any official or promotional release


@dataclass(frozen=True, slots=True)
class ArtistNames:
    """An artist. `renown` grows with how much the world knows it; 0 is nothing known."""

    id: str
    name: str
    sort_name: str = ""
    aliases: tuple[str, ...] = ()
    renown: int = 0


@dataclass(frozen=True, slots=True)
class AlbumNames:
    """An album; `artist_id` is the artist credited first.

    `credits` begins with the whole credit as printed, then come its artists: as credited, as they
    call themselves, and by their aliases.
    """

    id: str
    title: str
    artist_id: str
    aliases: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    renown: int = 0
    grade: Grade = Grade.OFFICIAL
