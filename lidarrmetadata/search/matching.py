"""How well a name answers a query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from lidarrmetadata.search.folding import keys, significant, spelling, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Letters from which on one edit, and two, still leave a name recognisable.
_ONE_EDIT = 4
_TWO_EDITS = 8
_WHOLE = 100  # percent
# Words of a query in which an artist's name and a title are looked for; longer ones are one title.
_MOST_MIXED = 10


class Level(IntEnum):
    """The classes of hits, best first."""

    EXACT = 0
    ALIAS = 1  # the very alias or sort name
    LOOSE = 2  # the same but for article, punctuation, "&"
    MIXED = 3  # artist and album in one query, each of them one of the above
    NEAR = 4  # one letter off
    IN_ORDER = 5  # all words, in order, and others
    FUZZY = 6  # all words, some of them with typos
    PARTIAL = 7  # some words
    NONE = 8


SAME = Level.LOOSE
"""Down to this level people would say it is the very thing they asked for."""


class Match(NamedTuple):
    """How good a hit is. The smaller the better; `loss` (percent) is what of it is missing."""

    level: Level
    loss: int = 0


NO_MATCH = Match(Level.NONE)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asked for, folded once."""

    text: str
    spelling: str
    words: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Query:
        """The query of a text, whatever is in it."""
        return cls(text, spelling(text), words(text), keys(text))

    def __bool__(self) -> bool:
        return bool(self.keys)


def edits_allowed(letters: int) -> int:
    """Typos that a word or name of this length may have."""
    return 0 if letters < _ONE_EDIT else 1 if letters < _TWO_EDITS else 2


def match(query: Query, name: str, others: Iterable[str] = ()) -> Match:
    """How well something of this name, and with these other names, answers the query."""
    if spelling(name) == query.spelling:
        return Match(Level.EXACT)
    names = [name, *others]
    if any(spelling(other) == query.spelling for other in names[1:]):
        return Match(Level.ALIAS)
    return min((_match(query, one) for one in names), default=NO_MATCH)


def _match(query: Query, name: str) -> Match:
    named = keys(name)
    if not set(query.keys).isdisjoint(named):
        return Match(Level.LOOSE)
    distance = _distance(query.keys, named)
    if distance == 1:
        return Match(Level.NEAR)
    name_words = words(name)
    if _in_order(significant(query.words), name_words):
        return Match(Level.IN_ORDER)
    if distance is not None:
        return Match(Level.FUZZY)
    return _by_words(query.words, name_words)


def _distance(ours: Sequence[str], theirs: Sequence[str]) -> int | None:
    """The edits between two names, None if they are too many. Letters swapped are one edit."""
    best: int | None = None
    for one in ours:
        most = edits_allowed(len(one))
        if not most:
            continue
        for other in theirs:
            distance = OSA.distance(one, other, score_cutoff=most)
            if distance <= most and (best is None or distance < best):
                best = distance
    return best


def _in_order(asked: Sequence[str], there: Sequence[str]) -> bool:
    """Whether all of the words are there, in this order."""
    rest = iter(there)
    return bool(asked) and all(word in rest for word in asked)


def _by_words(asked: tuple[str, ...], there: tuple[str, ...]) -> Match:
    """How many of the words that matter are there, in any order, typos allowed.

    One that has all of its own words in the query is a hit however much else was asked for: that is
    how "eminem kamikaze" finds Eminem.
    """
    wanted, own = significant(asked), significant(there)
    if not wanted or not own:
        return NO_MATCH
    left = list(own)
    letters = found = typos = 0
    for word in wanted:
        letters += len(word)
        hit = next((other for other in left if other == word), None)
        if hit is None:
            hit = next((other for other in left if _similar(word, other)), None)
            typos += hit is not None
        if hit is not None:
            left.remove(hit)
            found += len(word)
    loss = _WHOLE - _WHOLE * found // letters
    if not loss:
        return Match(Level.FUZZY, 1 if typos else 0)
    is_within = not left and found
    if not is_within and 2 * found < letters:
        return NO_MATCH
    # What the name has beyond the query counts, but less: "pink floyd live" is not "Pink Live".
    spare = sum(map(len, left))
    return Match(Level.PARTIAL, loss + _WHOLE * spare // (4 * (letters + spare)))


def _similar(word: str, other: str) -> bool:
    most = edits_allowed(len(word))
    return bool(most) and OSA.distance(word, other, score_cutoff=most) <= most


def mixed_match(query: Query, title: str, aliases: Iterable[str], credits_: Iterable[str]) -> Match:
    """How well an album answers a query that names it together with its artist, in either order."""
    count = len(query.words)
    if count > _MOST_MIXED:
        return NO_MATCH
    titles = {key for name in (title, *aliases) for key in keys(name)}
    artists = {key for name in credits_ for key in keys(name)}
    best = NO_MATCH
    for split in range(1, count):
        first, second = query.words[:split], query.words[split:]
        for artist, album in ((first, second), (second, first)):
            found = _both(_joined(artist), artists, _joined(album), titles)
            best = min(best, found)
    return best


def _both(artist: set[str], artists: set[str], album: set[str], titles: set[str]) -> Match:
    if not artist.isdisjoint(artists) and not album.isdisjoint(titles):
        return Match(Level.MIXED)
    ours = _least(artist, artists)
    if ours is None:
        return NO_MATCH
    theirs = _least(album, titles)
    return NO_MATCH if theirs is None else Match(Level.FUZZY, ours + theirs)


def _least(ours: set[str], theirs: set[str]) -> int | None:
    """0 if both share a name, the edits between the nearest otherwise, None if those are many."""
    return 0 if not ours.isdisjoint(theirs) else _distance(tuple(ours), tuple(theirs))


def _joined(part: tuple[str, ...]) -> set[str]:
    """The keys of a part of the query: with and without article, and what joins it to the rest."""
    whole = "".join(part)
    joined = {whole}
    for word in ("by", "the"):
        if len(part) > 1 and part[0] == word:
            joined.add("".join(part[1:]))
    if len(part) > 1 and part[-1] == "by":
        joined.add("".join(part[:-1]))
    return joined
