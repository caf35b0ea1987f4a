"""How well a name answers a query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from lidarrmetadata.search.folding import keys, significant, spelling, without_edition, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Letters from which on one edit, and two, still leave a name recognisable.
_ONE_EDIT = 4
_TWO_EDITS = 8
_WHOLE = 100  # percent
ANYBODY = frozenset(["variousartists", "various", "va"])
"""What stands where there is no artist, as keys."""
# Words of a query in which an artist's name and a title are looked for; longer ones are one title.
_MOST_MIXED = 32
# One that is named in the query along with other things is no hit if it is less of it than a fifth.
_LEAST_PART = 5
_UNASKED = 25  # percent that are lost if a hit has words beyond the query and lacks some of it


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

MOST_LOSS = 99
"""The loss of the worst hit."""


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asked for, folded once."""

    text: str
    spelling: str
    words: tuple[str, ...]
    keys: tuple[str, ...]
    """Up to four: whole, without article, and both without "(Deluxe Edition)" and the like."""

    @classmethod
    def of(cls, text: str) -> Query:
        """The query of a text, whatever is in it."""
        named = keys(text)
        bare = without_edition(text)
        if bare != text:
            named = tuple(dict.fromkeys((*named, *keys(bare))))
        return cls(text, spelling(text), words(text), named)

    def __bool__(self) -> bool:
        return bool(self.keys)


def edits_allowed(letters: int) -> int:
    """Typos that a word or name of this length may have."""
    return 0 if letters < _ONE_EDIT else 1 if letters < _TWO_EDITS else 2


def match(query: Query, name: str, others: Iterable[str] = ()) -> Match:
    """How well something of this name, and with these other names, answers the query."""
    if spelling(name) == query.spelling:
        return Match(Level.EXACT)
    names = tuple(dict.fromkeys((name, *others)))
    if any(spelling(other) == query.spelling for other in names):
        return Match(Level.ALIAS)
    best = NO_MATCH
    for one in names:
        found = _match(query, one)
        if found < best:
            best = found
    return best


def _match(query: Query, name: str) -> Match:
    named = keys(name)
    if any(key in named for key in query.keys):
        # The same with its article, or without any, is nearer than the same but for an article.
        return Match(Level.LOOSE, 0 if query.keys[:1] == named[:1] else 1)
    distance = _distance(query.keys, named)
    if distance == 1:
        return Match(Level.NEAR)
    asked, there = _significant(query.words), words(name)
    own = _significant(there)
    if _in_order(asked, there):
        return Match(Level.IN_ORDER, 0 if asked == own else 1)  # nothing but articles and "and"
    if distance is not None:
        return Match(Level.FUZZY)
    return _by_words(asked, own)


_significant = lru_cache(maxsize=4096)(significant)


def _distance(ours: Iterable[str], theirs: Iterable[str]) -> int | None:
    """The edits between two names, None if they are too many. Letters swapped are one edit."""
    best: int | None = None
    for one in ours:
        letters = len(one)
        most = edits_allowed(letters)
        if not most:
            continue
        for other in theirs:
            if -most <= letters - len(other) <= most:
                distance = OSA.distance(one, other, score_cutoff=most)
                if distance <= most and (best is None or distance < best):
                    best = distance
    return best


def _in_order(asked: Sequence[str], there: Sequence[str]) -> bool:
    """Whether all of the words are there, in this order; "sgt pepper" is in "Sgt. Pepper's"."""
    if not asked or len(asked) > len(there):
        return False
    rest = iter(there)
    return all(any(other in (word, f"{word}s") for other in rest) for word in asked)


def _by_words(wanted: tuple[str, ...], own: tuple[str, ...]) -> Match:
    """How many of the words that matter are there, in any order, typos allowed.

    One that has all of its own words in the query is a hit even if more was asked for: that is how
    "eminem kamikaze" finds Eminem.
    """
    if not wanted or not own:
        return NO_MATCH
    left = list(own)
    letters = found = typos = 0
    for word in wanted:
        letters += len(word)
        if word in left:
            left.remove(word)
            found += len(word)
        elif (hit := _similar(word, left)) is not None:
            left.remove(hit)
            found += len(word)
            typos += 1
    if found == letters:
        return Match(Level.FUZZY, 1 if typos else 0)
    loss = _WHOLE - _WHOLE * found // letters
    if not left and not typos:
        return Match(Level.PARTIAL, loss) if found * _LEAST_PART >= letters else NO_MATCH
    if 2 * found < letters:
        return NO_MATCH
    spare = sum(map(len, left))
    loss += _UNASKED + _WHOLE * spare // (4 * (letters + spare))
    return Match(Level.PARTIAL, min(loss, MOST_LOSS))


def _similar(word: str, others: Iterable[str]) -> str | None:
    letters = len(word)
    most = edits_allowed(letters)
    if most:
        for other in others:
            if -most <= letters - len(other) <= most and (
                OSA.distance(word, other, score_cutoff=most) <= most
            ):
                return other
    return None


def mixed_match(query: Query, title: str, aliases: Iterable[str], credits_: Iterable[str]) -> Match:
    """How well an album answers a query that names it together with its artist, in either order."""
    titles = {key for name in (title, *aliases) for key in keys(name)}
    artists = {key for name in credits_ for key in keys(name)}
    splits = _splits(query.words)
    for artist, album in splits:
        if not album.isdisjoint(titles) and not artist.isdisjoint(artists):
            return Match(Level.MIXED)
    best = NO_MATCH
    for artist, album in splits:
        theirs = _edits(album, titles)
        if theirs is not None and (ours := _edits(artist, artists)) is not None:
            best = min(best, Match(Level.FUZZY, ours + theirs))
    return best


def _edits(ours: frozenset[str], theirs: set[str]) -> int | None:
    """0 if both share a name, the edits between the nearest otherwise, None if those are many."""
    return 0 if not ours.isdisjoint(theirs) else _distance(ours, theirs)


@lru_cache(maxsize=256)
def _splits(
    all_words: tuple[str, ...],
) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The ways to part a query into artist and album: the keys of each."""
    return tuple(_each_split(all_words)) if len(all_words) <= _MOST_MIXED else ()


def _each_split(all_words: tuple[str, ...]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for place in range(1, len(all_words)):
        first, second = joined_keys(all_words[:place]), joined_keys(all_words[place:])
        yield first, second
        yield second, first


def joined_keys(part: tuple[str, ...]) -> frozenset[str]:
    """The keys of a part of the query: with and without article, and what joins it to the rest."""
    joined = {"".join(part)}
    for word in ("by", "the"):
        if len(part) > 1 and part[0] == word:
            joined.add("".join(part[1:]))
    if len(part) > 1 and part[-1] == "by":
        joined.add("".join(part[:-1]))
    return frozenset(joined)
