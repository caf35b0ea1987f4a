"""Catalogues to search in: one of over 50,000 real artists, and a small one for everybody.

The large one is made of what lies in ../shared/data/musicbrainz, and of known.tsv. The small one is
known.tsv alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.catalogue.builder import Catalogue
from tests.catalogue.entities import mbid_of
from tests.search.dumped import dumped_artists
from tests.search.known import KnownAlbum, KnownArtist, known_artists

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.catalogue.entities import Entity

_VARIOUS = KnownArtist(
    "Various Artists",
    votes=500,
    comment="add compilations to this artist",
    mbid="89ad4ac3-39f7-470e-963a-56509c546377",
    albums=[
        KnownAlbum("Trainspotting", 50, secondary=("Soundtrack", "Compilation")),
        KnownAlbum("Now That’s What I Call Music! 42", 10, secondary=("Compilation",)),
    ],
)
# The list of names begins with those that people listen to most, in that order.
_POPULAR = 975
_MOST_VOTES = 400
_COMMA = re.compile(r"_(?=\s|\d{3}\b)")  # the list of names writes "_" for "," inside of a name
_SEVERAL = re.compile(r"(; ?| / | (?i:feat|ft|vs)\.? | (?i:featuring) | with | x )")
_TYPED = str.maketrans({"’": "'", "‘": "'", "‐": "-", "…": "...", "“": '"', "”": '"', "\xa0": " "})


@dataclass
class Names:
    """A catalogue, and what people call the things in it, by MBID.

    Of several artists with one name the best known is called by the name alone, the others by
    "name {comment}". Albums are called "artist – title", those that are not official with
    " [bootleg]" behind.
    """

    catalogue: Catalogue = field(default_factory=Catalogue)
    labels: dict[str, str] = field(default_factory=dict)


def small_names() -> Names:
    """Some three hundred artists of all kinds."""
    return _names([*known_artists(), _VARIOUS])


def all_names(data: Path) -> Names:
    """All names there are in a folder of the shared data, and those of the small one."""
    artists = _Artists([*known_artists(), replace(_VARIOUS, mbid="")])  # the dumps know who it is
    for dump in ("dump-real", "dump-test"):
        artists.join(dumped_artists(data / dump))
    names = (data / "artist-names.txt").read_text(encoding="utf-8").splitlines()
    for rank, name in enumerate(names[:_POPULAR]):
        votes = _MOST_VOTES // (1 + rank // 50)
        artists.named(name, votes, [KnownAlbum(name, votes // 10)])  # most have one called so
    for name in names[_POPULAR:]:
        whole = _COMMA.sub(",", name).strip()
        for part in (whole, *_SEVERAL.split(whole)[::2]):
            artists.named(part)
    for line in (data / "release-titles.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        release, title, text = line.split("\t")
        credit = tuple(_SEVERAL.split(text)) if artists.knows(text) is None else (text,)
        by, *guests = [artists.named(name) for name in credit[::2]]
        joins = credit[1::2]
        mbid = mbid_of("release_group", f"{title}/{release}")
        named = tuple(zip(joins, (guest.name for guest in guests), strict=True))
        by.albums.append(KnownAlbum(title, mbid=mbid, guests=named))
    return _names(artists.all)


class _Artists:
    """Artists, each once: by MBID, or by name where that is all that is known."""

    def __init__(self, artists: Iterable[KnownArtist]) -> None:
        self.all: list[KnownArtist] = []
        self._by_name: dict[str, int] = {}
        for artist in artists:
            self._add(artist)
        self._by_alias = {
            _typed(alias): place
            for place, artist in enumerate(self.all)
            for alias in artist.aliases
        }

    def join(self, artists: Iterable[KnownArtist]) -> None:
        """Add artists with MBIDs. Of several with one name, that with most albums is the known."""
        mbids = {artist.mbid for artist in self.all}
        for artist in sorted(artists, key=lambda one: -len(one.albums)):
            place = self._by_name.get(_typed(artist.name))
            if artist.mbid in mbids:
                continue
            if place is not None and not self.all[place].mbid:
                self.all[place] = _joined(self.all[place], artist)
            else:
                self._add(artist)

    def named(self, name: str, votes: int = 0, albums: Iterable[KnownAlbum] = ()) -> KnownArtist:
        """The artist of this name, a new one if nobody is called so, not even in other letters."""
        known = self.knows(name)
        if known is not None:
            return known
        return self._add(KnownArtist(name, votes, sort_name=name, albums=list(albums)))

    def knows(self, name: str) -> KnownArtist | None:
        """The artist of this name, if there is one."""
        place = self._by_name.get(_typed(name), self._by_alias.get(_typed(name)))
        return None if place is None else self.all[place]

    def _add(self, artist: KnownArtist) -> KnownArtist:
        self._by_name.setdefault(_typed(artist.name), len(self.all))
        self.all.append(artist)
        return artist


def _typed(name: str) -> str:
    """A name as it is typed, to tell that two lists mean the same artist."""
    return " ".join(name.translate(_TYPED).lower().split())


def _joined(known: KnownArtist, dumped: KnownArtist) -> KnownArtist:
    """What is in the list and what is in the dump about one artist."""
    albums = list(dumped.albums)
    official = {
        _typed(album.title): place
        for place, album in reversed(list(enumerate(albums)))
        if not album.secondary and "Official" in album.statuses
    }
    for album in known.albums:
        place = official.get(_typed(album.title))
        if place is None:
            albums.append(album)
        else:
            albums[place] = replace(albums[place], votes=max(album.votes, albums[place].votes))
    return replace(
        dumped,
        votes=max(known.votes, dumped.votes),
        comment="",
        aliases=tuple(dict.fromkeys((*known.aliases, *dumped.aliases))),
        albums=albums,
    )


def _names(artists: Iterable[KnownArtist]) -> Names:
    names = Names()
    entities: dict[str, Entity] = {}
    entered: list[tuple[Entity, KnownArtist]] = []
    for artist in sorted(artists, key=lambda one: -one.votes):
        entity = names.catalogue.artist(
            artist.name,
            mbid=artist.mbid or mbid_of("artist", f"{artist.name}/{artist.comment}"),
            sort_name=artist.sort_name,
            kind="Group",
            comment=artist.comment,
            rating=_rating(artist.votes),
        )
        for alias in artist.aliases:
            names.catalogue.alias(entity, alias)
        is_first = entities.setdefault(_typed(artist.name), entity) is entity
        label = artist.name if is_first else f"{artist.name} {{{artist.comment}}}"
        names.labels[entity.mbid] = label
        entered.append((entity, artist))
    for entity, artist in entered:
        for album in artist.albums:
            made = _album(names.catalogue, entities, entity, album)
            mark = "" if {*album.statuses} - {"Bootleg"} else " [bootleg]"
            names.labels[made.mbid] = f"{names.labels[entity.mbid]} – {album.title}{mark}"
    return names


def _album(
    catalogue: Catalogue, artists: dict[str, Entity], by: Entity, album: KnownAlbum
) -> Entity:
    guests = [part for join, name in album.guests for part in (join, artists[_typed(name)])]
    entity = catalogue.release_group(
        [by, *guests],
        album.title,
        mbid=album.mbid or mbid_of("release_group", f"{album.title}/{by.mbid}"),
        kind=album.kind,
        secondary=album.secondary,
        rating=_rating(album.votes),
    )
    for alias in album.aliases:
        catalogue.alias(entity, alias)
    for number, status in enumerate(album.statuses):
        mbid = mbid_of("release", f"{entity.mbid}/{number}")
        release = catalogue.release(entity, mbid=mbid, status=status)
        if number == 0:  # one track makes an album that can be served
            medium = catalogue.medium(release)
            catalogue.track(medium, album.title, mbid=mbid_of("track", release.mbid))
    return entity


def _rating(votes: int) -> tuple[int, int] | None:
    return (80, votes) if votes else None
