"""Artists and albums as lists tell them, before they become a catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENTED = re.compile(r"(?P<name>.+?)(?: \{(?P<comment>.+)\})?")
_MARKED = re.compile(r"(?P<title>.+?)(?: \[(?P<mark>EP|single|live|compilation|bootleg)\])?")
_KINDS = {"EP": "EP", "single": "Single"}
_SECONDARY = {"live": ("Live",), "compilation": ("Compilation",)}


@dataclass(frozen=True)
class KnownAlbum:
    """`votes` says how well it is known. `statuses` are those of its releases.

    `guests` are those credited besides the artist, each behind the words that join them.
    """

    title: str
    votes: int = 0
    mbid: str = ""
    kind: str | None = "Album"
    secondary: tuple[str, ...] = ()
    statuses: tuple[str | None, ...] = ("Official",)
    aliases: tuple[str, ...] = ()
    guests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KnownArtist:
    """`votes` says how well it is known, `comment` which one of several with the same name."""

    name: str
    votes: int = 0
    comment: str = ""
    sort_name: str = ""
    aliases: tuple[str, ...] = ()
    albums: list[KnownAlbum] = field(default_factory=list)
    mbid: str = ""


def known_artists() -> Iterator[KnownArtist]:
    """Those in known.tsv."""
    for line in (Path(__file__).parent / "known.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            votes, name, sort_name, aliases, albums, *_ = [*line.split("\t"), "", "", ""]
            named = _COMMENTED.fullmatch(name)
            assert named is not None
            yield KnownArtist(
                named["name"],
                int(votes),
                named["comment"] or "",
                sort_name or _sorted(named["name"]),
                _listed(aliases),
                [
                    _album(title, int(votes) // place)
                    for place, title in enumerate(_listed(albums), start=1)
                ],
            )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(" | ") if part)


def _sorted(name: str) -> str:
    return f"{name.removeprefix('The ')}, The" if name.startswith("The ") else name


def _album(text: str, votes: int) -> KnownAlbum:
    found = _MARKED.fullmatch(text)
    assert found is not None
    mark = found["mark"] or ""
    return KnownAlbum(
        found["title"],
        votes,
        kind=_KINDS.get(mark, "Album"),
        secondary=_SECONDARY.get(mark, ()),
        statuses=("Bootleg",) if mark == "bootleg" else ("Official",) * min(5, 1 + votes // 100),
    )
