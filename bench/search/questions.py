"""What people type into a search box, and what they should find."""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.search.vocabulary import LATIN, chance, vocabulary
from lidarrmetadata.search.folding import keys
from lidarrmetadata.search.matching import Query

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from bench.search.catalogue import Album
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

_FREQUENT = 300  # words of the vocabulary that are in thousands of names
_SHORTEST_WITH_TYPO = 5  # letters: of fewer nobody could say what was meant


class Kind(Enum):
    """The kinds of questions, by what the tables call them."""

    ARTIST = "exact: artist"
    ALBUM = "exact: album"
    ALBUM_OF_ARTIST = "exact: album, artist"
    TYPO_ARTIST = "typo: artist"
    TYPO_ALBUM = "typo: album, artist"
    MIXED = "mixed: artist album"
    COMMON = "common words"
    NONSENSE = "nonsense"

    @property
    def searches_artists(self) -> bool:
        """Whether artists are looked for."""
        return self in {Kind.ARTIST, Kind.TYPO_ARTIST, Kind.MIXED, Kind.COMMON, Kind.NONSENSE}

    @property
    def searches_albums(self) -> bool:
        """Whether albums are looked for; with artists both, in one query, as `type=all` does."""
        return self not in {Kind.ARTIST, Kind.TYPO_ARTIST}

    @property
    def targets(self) -> tuple[float | None, float | None]:
        """The most that median and 99th percentile may take, in milliseconds; None: whatever."""
        if self in {Kind.ARTIST, Kind.ALBUM, Kind.ALBUM_OF_ARTIST}:
            return 5.0, 40.0
        if self in {Kind.TYPO_ARTIST, Kind.TYPO_ALBUM}:
            return None, 80.0
        return None, None


@dataclass(frozen=True)
class Question:
    """A search: the text, and that of the artist if an album of theirs is looked for.

    `wanted_artist` and `wanted_album` should come first; with both, the album after the artist.
    """

    kind: Kind
    text: str
    artist: str = ""
    wanted_artist: ArtistNames | None = None
    wanted_album: AlbumNames | None = None

    @property
    def is_judged(self) -> bool:
        """Whether there is any telling what should be found."""
        return bool(self._wanted) or self.kind is Kind.NONSENSE

    def is_answered(self, first: Sequence[ArtistNames | AlbumNames]) -> bool:
        """Whether the first hits are what was wanted. Nonsense is answered by finding nothing.

        Of several with the same name the best known one counts as wanted: more was not said.
        """
        if self.kind is Kind.NONSENSE:
            return not first
        wanted = self._wanted
        return len(first) >= len(wanted) and all(map(_is_wanted, wanted, first))

    @property
    def _wanted(self) -> list[ArtistNames | AlbumNames]:
        return [one for one in (self.wanted_artist, self.wanted_album) if one is not None]


def _is_wanted(wanted: ArtistNames | AlbumNames, hit: ArtistNames | AlbumNames) -> bool:
    if wanted.id == hit.id:
        return True
    same = not set(_names(wanted)).isdisjoint(_names(hit))
    return type(wanted) is type(hit) and same and _order(hit) <= _order(wanted)


def _names(one: ArtistNames | AlbumNames) -> Sequence[str]:
    return keys(getattr(one, "name", "") or getattr(one, "title", ""))


def _order(one: ArtistNames | AlbumNames) -> tuple[int, int]:
    return getattr(one, "grade", 0), -one.renown


def questions(
    artists: Sequence[ArtistNames], albums: Sequence[Album], many: int
) -> dict[Kind, list[Question]]:
    """Up to so many questions of each kind, about these, lower-cased as Lidarr's box does.

    Typos only where there are letters enough in them, and Latin ones.
    """
    rng = chance("questions")
    artists, albums = rng.sample(artists, len(artists)), rng.sample(albums, len(albums))
    found: dict[Kind, list[Question]] = {
        Kind.ARTIST: [Question(Kind.ARTIST, one.name.lower(), "", one) for one in artists],
        Kind.ALBUM: [
            Question(Kind.ALBUM, one.album.title.lower(), "", None, one.album) for one in albums
        ],
        Kind.ALBUM_OF_ARTIST: [
            Question(Kind.ALBUM_OF_ARTIST, one.album.title, one.artist.name, None, one.album)
            for one in albums
        ],
        Kind.TYPO_ARTIST: [
            Question(Kind.TYPO_ARTIST, typo(rng, one.name.lower()), "", one)
            for one in artists
            if _takes_typo(one.name)
        ],
        Kind.TYPO_ALBUM: [
            Question(
                Kind.TYPO_ALBUM,
                typo(rng, one.album.title.lower()),
                one.artist.name,
                None,
                one.album,
            )
            for one in albums
            if _takes_typo(one.album.title)
        ],
        Kind.MIXED: [
            Question(
                Kind.MIXED,
                f"{one.artist.name} {one.album.title}".lower(),
                "",
                one.artist,
                one.album,
            )
            for one in albums
            if one.album.title != one.artist.name
        ],
        Kind.COMMON: [Question(Kind.COMMON, _common(rng)) for _ in range(many)],
        Kind.NONSENSE: [Question(Kind.NONSENSE, _nonsense(rng)) for _ in range(many)],
    }
    return {kind: some[:many] for kind, some in found.items()}


def asked(question: Question) -> tuple[Query, Query]:
    """The text and the artist as search wants them."""
    return Query.of(question.text), Query.of(question.artist)


def typo(rng: random.Random, text: str) -> str:
    """The text with one letter left out, put in, replaced, or swapped with the next."""
    place = rng.choice(_places(text))
    one, other = text[place], text[place + 1]
    letter = rng.choice([new for new in string.ascii_lowercase if new not in {one, other}])
    middle = rng.choice((other, letter + one + other, letter + other, other + one))
    return text[:place] + middle + text[place + 2 :]


def _takes_typo(name: str) -> bool:
    letters = [letter for letter in name.lower() if letter in string.ascii_lowercase]
    return len(letters) >= _SHORTEST_WITH_TYPO and bool(_places(name.lower()))


def _places(text: str) -> list[int]:
    """Where two letters meet that are not the same."""
    return [
        place
        for place, (one, other) in enumerate(pairwise(text))
        if one in string.ascii_lowercase and other in string.ascii_lowercase and one != other
    ]


def _common(rng: random.Random) -> str:
    """Words that are in thousands of names, the hardest question for any index."""
    words = ["the", *rng.sample(vocabulary(LATIN)[:_FREQUENT], rng.randint(1, 3))]
    return " ".join(words).lower()


def _nonsense(rng: random.Random) -> str:
    """Words that nothing is named and that no typo makes of anything: eight consonants or more."""
    return " ".join(
        "".join(rng.choices("bcdfghjkmpqvwxz", k=rng.randint(8, 12)))
        for _ in range(rng.randint(1, 3))
    )
