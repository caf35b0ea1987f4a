"""A collection of Solr's: names by their words, with a ranking that resembles Solr's.

A word counts by how rare it is, by the field it is in and by how short that is; the whole name
counts once more; what is well known comes before what is not. Folding is Solr's (ICU), not ours.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING, Generic, TypeVar

from tests.internet.lucene import Group, Occur, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")
Scores = dict[int, float]

ALL_FIELDS = 18
"""In how many places `/select` looks for each word: as many of Solr's clauses is one word."""
_RENOWN = 0.25  # what ten times as well known is worth
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


@lru_cache(maxsize=100_000)
def words_of(text: str) -> tuple[str, ...]:
    """A text as Solr's analysis leaves it; what is made of punctuation is one word."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(_WORD.findall(plain)) or tuple(plain.split())


class Collection(Generic[T]):
    """Things with names. `fields` gives a thing's texts by field, `boosts` what each is worth."""

    def __init__(
        self,
        things: Iterable[T],
        fields: Callable[[T], Mapping[str, Sequence[str]]],
        renown: Callable[[T], int],
        boosts: Mapping[str, float],
        least_words: int,
    ) -> None:
        self.things = list(things)
        self._fields = fields
        self._least_words = least_words
        self._boosts = boosts
        self._known = [1 + _RENOWN * math.log10(1 + renown(thing)) for thing in self.things]
        self._by_word: defaultdict[str, Scores] = defaultdict(dict)
        self._by_name: defaultdict[tuple[str, ...], Scores] = defaultdict(dict)
        for number, thing in enumerate(self.things):
            for field, texts in fields(thing).items():
                for text in texts:
                    self._add(number, words_of(text), boosts[field])

    def _add(self, number: int, words: tuple[str, ...], boost: float) -> None:
        weight = boost / math.sqrt(len(words) or 1)
        for word in words:
            weights = self._by_word[word]
            weights[number] = max(weight, weights.get(number, 0.0))
        names = self._by_name[words]
        names[number] = max(boost, names.get(number, 0.0))

    @property
    def fields(self) -> frozenset[str]:
        """The fields there are."""
        return frozenset(self._boosts)

    def select(self, text: str) -> Scores:
        """dismax: user text, in which only `+` and `-` before a word mean something."""
        asked: list[str] = []
        must: list[str] = []
        never: list[str] = []
        for part in text.split():
            if part[0] in "+-" and len(part) > 1:
                (must if part[0] == "+" else never).extend(words_of(part[1:]))
            if part[0] != "-" or len(part) == 1:
                asked += words_of(part)
        least = min(self._least_words, len(set(asked)))
        scores = self._any(asked, least)
        for number, boost in self._by_name.get(tuple(asked), {}).items():
            if number in scores:
                scores[number] += boost * sum(map(self._rarity, asked))
        refused = {number for word in never for number in self._by_word.get(word, ())}
        return {
            number: score
            for number, score in scores.items()
            if number not in refused and all(number in self._by_word.get(word, ()) for word in must)
        }

    def advanced(self, query: Text | Group) -> Scores:
        """edismax: a query in Lucene's syntax."""
        if isinstance(query, Text):
            words = words_of(query.text)
            found = self._any(words, len(words) if query.is_phrase or query.field else 1)
            if not query.field and not query.is_phrase:
                return found
            return {n: score for n, score in found.items() if self._has(n, query.field, words)}
        must = [self.advanced(clause) for occur, clause in query.clauses if occur is Occur.MUST]
        should = [self.advanced(clause) for occur, clause in query.clauses if occur is Occur.SHOULD]
        never = [self.advanced(clause) for occur, clause in query.clauses if occur is Occur.NOT]
        all_scores: defaultdict[int, float] = defaultdict(float)
        for scores in must + should:
            for number, score in scores.items():
                all_scores[number] += score
        return {
            number: score
            for number, score in all_scores.items()
            if all(number in scores for scores in must)
            and not any(number in scores for scores in never)
        }

    def best(self, scores: Scores, rows: int) -> list[tuple[T, float]]:
        """The best, in their order, with their scores."""
        ordered = nsmallest(
            rows, ((-score * self._known[number], number) for number, score in scores.items())
        )
        return [(self.things[number], -score) for score, number in ordered]

    def _any(self, words: Iterable[str], least: int) -> Scores:
        """What has at least this many of the words."""
        scores: defaultdict[int, float] = defaultdict(float)
        counts: defaultdict[int, int] = defaultdict(int)
        for word in dict.fromkeys(words):
            rarity = self._rarity(word)
            for number, weight in self._by_word.get(word, {}).items():
                scores[number] += rarity * weight
                counts[number] += 1
        if least <= 1:
            return scores
        distinct = min(least, len(set(words)))
        return {number: score for number, score in scores.items() if counts[number] >= distinct}

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self.things) / (1 + len(self._by_word.get(word, ()))))

    def _has(self, number: int, field: str, words: tuple[str, ...]) -> bool:
        """Whether these words stand side by side in a field (in any, if it is empty)."""
        texts = self._fields(self.things[number])
        some = texts.get(field, ()) if field else [text for all_ in texts.values() for text in all_]
        return any(
            there[begin : begin + len(words)] == words
            for there in map(words_of, some)
            for begin in range(len(there))
        )
