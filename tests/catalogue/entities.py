"""What a catalogue for tests consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5


def mbid_of(kind: str, name: str) -> str:
    """The MBID of the artist, release_group, release, track, recording or series of this name."""
    return str(uuid5(NAMESPACE_URL, f"https://catalogue.test/{kind}/{name}"))


@dataclass(frozen=True)
class Entity:
    """A row that can be merged, linked, tagged or credited; `credit` is 0 if it carries none."""

    table: str
    row: int
    mbid: str
    name: str
    credit: int = 0


@dataclass(frozen=True)
class Medium:
    row: int
    release: Entity


Credited = Entity | Sequence[Entity | str]
"""`ada` alone, or artists and the words between them: `[ada, " feat. ", ben]`."""
