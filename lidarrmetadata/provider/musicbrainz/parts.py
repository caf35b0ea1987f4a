"""What of a query the database is asked for: its words, its parts, its usual spellings."""

from __future__ import annotations

import string
from itertools import islice
from typing import TYPE_CHECKING

from lidarrmetadata.search.folding import LONGEST, significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.search.matching import Query

    Words = tuple[str, ...]

_MOST_WORDS = 10  # of a query that are looked for; more would not make it clearer
_MOST_PARTS = 20
_MOST_SPLIT = 20  # words of a query in which an artist and a title are looked for

# Words that too many names have to be worth looking for.
_COMMON = frozenset(
    [
        *("a", "an", "and", "by", "da", "de", "del", "der", "die", "do", "du", "e", "el", "en"),
        *("et", "i", "il", "in", "la", "le", "lo", "o", "of", "on", "the", "y"),
    ]
)

# https://musicbrainz.org/doc/Style/Language/English
_SMALL = frozenset(
    ["a", "an", "and", "as", "at", "but", "by", "for", "in", "of", "on", "or", "the", "to", "with"]
)

# How MusicBrainz prints what a keyboard has other signs for.
# https://musicbrainz.org/doc/Style/Miscellaneous
_PRINTED = str.maketrans({"'": "’", "-": "‐"})


def spellings(query: Query) -> list[str]:
    """The query as names are looked up by key."""
    return list(dict.fromkeys([query.spelling, *query.keys]))


def rare_words(query: Query) -> list[str] | None:
    """The words that names are looked up by, the longest ones; None if all are too common."""
    rare = {word for word in significant(query.words) if word not in _COMMON}
    return sorted(rare, key=lambda word: (-len(word), word))[:_MOST_WORDS] or None


def parts_within(query: Query) -> list[str]:
    """Runs of the query's words that may be a name by themselves: its ends first, long ones first.

    Not all of the words, which is what `spellings` is for.
    """
    words = query.words[:_MOST_WORDS]
    runs = (run for run in _runs(words) if not _COMMON.issuperset(run))
    return list(dict.fromkeys(" ".join(run) for run in islice(runs, _MOST_PARTS)))


def splits(query: Query) -> list[tuple[str, str]]:
    """Every way to read the query as artist and title, or title and artist ("x by y")."""
    words = query.words
    if not 1 < len(words) <= _MOST_SPLIT:
        return []
    pairs = []
    for middle in range(1, len(words)):
        for artist, title in ((words[:middle], words[middle:]), (words[middle:], words[:middle])):
            if (one := _without_by(artist)) and (other := _without_by(title)):
                pairs += [(a, b) for a in _joined(one) for b in _joined(other)]
    return pairs


def as_spelled(text: str) -> list[str]:
    """A name as it may stand in the catalogue: in the usual cases, with and without "The"."""
    text = text.encode("utf-8", "ignore").decode("utf-8", "ignore")
    text = " ".join(text.replace("\0", " ").split())[:LONGEST]
    bare = text[4:] if text[:4].lower() == "the " else text
    return list(
        dict.fromkeys(
            one
            for name in (text, bare, f"The {bare}")
            for cased in (name, name.lower(), name.upper(), name.title(), _as_title(name))
            for one in (cased, cased.replace("...", "…").translate(_PRINTED))
            if one
        )
    )


def _as_title(name: str) -> str:
    """Capitals as on English sleeves: "The Dark Side of the Moon"."""
    first, *inner = string.capwords(name).split(" ")
    return " ".join([first, *(_small(word) for word in inner)])


def _small(word: str) -> str:
    return word.lower() if word.lower() in _SMALL else word


def _runs(words: Words) -> Iterator[Words]:
    count = len(words)
    for length in range(count - 1, 0, -1):
        yield words[:length]
        yield words[-length:]
    for length in range(count - 2, 0, -1):
        for start in range(1, count - length):
            yield words[start : start + length]


def _without_by(part: Words) -> Words:
    if part[0] == "by":
        return part[1:]
    return part[:-1] if part[-1] == "by" else part


def _joined(part: Words) -> list[str]:
    """As one text; and without spaces where a first word that looks like an article may be none.

    "A-ha" is not "Ha".
    """
    spaced = " ".join(part)
    return [spaced] if part[0] not in _COMMON or len(part) == 1 else [spaced, "".join(part)]
