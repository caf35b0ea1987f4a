"""Which artists and albums may be meant: the questions that a search asks of the index.

They are asked one after another, the ones that lead to the best levels (search/matching.py) first,
and no more of them once there are enough hits: what comes later can only be worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tantivy import Occur
from tantivy import Query as Ask

from lidarrmetadata.search.folding import keys, significant
from lidarrmetadata.search.index.schema import by_field, field_of, read_album, read_artist
from lidarrmetadata.search.matching import ANYBODY, edits_allowed, joined_keys
from lidarrmetadata.search.ranking import rank_artists

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tantivy import DocAddress, Schema, Searcher

    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

_MOST_WORDS = 16  # of a query; the rest is not looked for
_MOST_TYPOS = 4  # words in which typos are looked for, the longest ones
# Bytes of a name in which typos are looked for. Longer ones, and those of letters of many bytes,
# take long to prepare for.
_LONGEST_FUZZY = 60
_LONGEST_RUN = 6  # words of a name that is looked for within a query
_MOST_MIXED = 10  # words of a query in which an artist and a title are looked for
_LEAST = 60  # hits that one question may bring
_PER_HIT = 4  # and how many for each that is wanted
_MOST_LIKE = 10  # artists of names like the one that was asked for


class Part(NamedTuple):
    """One of the two indexes, as it was when it was opened."""

    searcher: Searcher
    schema: Schema


class _Fields:
    """Makes questions to the fields of one index."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def term(self, field: str, text: str) -> Ask:
        option = "position" if field == "words" else "basic"
        return Ask.term_query(self._schema, field_of(field, text), text, index_option=option)

    def fuzzy(self, field: str, text: str, edits: int) -> Ask:
        return (
            Ask.fuzzy_term_query(self._schema, field_of(field, text), text, edits)
            if edits
            else self.term(field, text)
        )

    def phrase(self, words: Sequence[str]) -> Ask:
        """Those words in this order; those of each script, if there are several."""
        return _all(
            [
                self.term("words", own[0])
                if len(own) == 1
                else Ask.phrase_query(self._schema, field, list(own))
                for field, own in by_field("words", words).items()
            ]
        )

    def terms(self, field: str, texts: Iterable[str]) -> Ask:
        return _any([self.term(field, text) for text in texts])


class _Hits:
    """What was found so far, each once."""

    def __init__(self, index: Part, limit: int) -> None:
        self._searcher = index.searcher
        self._limit = limit
        self._most = max(_LEAST, _PER_HIT * limit)
        self.fields = _Fields(index.schema)
        self.addresses: dict[tuple[int, int], DocAddress] = {}

    @property
    def enough(self) -> bool:
        return len(self.addresses) >= self._limit

    def take(self, asked: Ask, part: int = 1, *, ordered: bool = True) -> bool:
        """Take the best that answers, by order or by relevance; whether there was any."""
        found = self._searcher.search(
            asked,
            self._most // part,
            count=False,
            order_by_field="order" if ordered else None,
        ).hits
        for _, address in found:
            self.addresses.setdefault((address.segment_ord, address.doc), address)
        return bool(found)

    def documents(self) -> list[bytes]:
        """What is stored of them."""
        return [
            self._searcher.doc(address).get_first("doc") or b""
            for address in self.addresses.values()
        ]


def artists(index: Part, query: Query, limit: int) -> list[ArtistNames]:
    """Artists that may be meant."""
    if not query:
        return []
    hits = _Hits(index, limit)
    _by_name(hits, query, None)
    return [read_artist(stored) for stored in hits.documents()]


def albums(
    index: Part, of_artists: Part, query: Query, artist: Query, limit: int
) -> list[AlbumNames]:
    """Albums that may be meant, with `artist` of theirs; whom it may mean the artists tell."""
    if not query:
        return []
    hits = _Hits(index, limit)
    if not artist:
        _by_name(hits, query, None, mixed=True)
    else:
        is_found = _by_name(hits, query, _credited(hits.fields, artist))
        if not ANYBODY.isdisjoint(artist.keys):
            _by_name(hits, query, None)
        elif not is_found:
            _by_name(hits, query, _like_credited(hits.fields, artist, of_artists))
    return [read_album(stored) for stored in hits.documents()]


def _by_name(hits: _Hits, query: Query, must: Ask | None, *, mixed: bool = False) -> bool:
    """Take what has such a name; whether any of it was the name, or had it within.

    `must` holds for all of it. With `mixed` the query may name the artist too.
    """
    fields = hits.fields
    is_same = False
    for key in query.keys:
        is_same |= hits.take(_both(fields.term("key", key), must))
    if hits.enough:
        return True
    if mixed:
        is_same |= _take_mixed(hits, query.words)
        if hits.enough:
            return True
    is_same |= _take_similar(hits, query, must, 1)
    if hits.enough:
        return True
    wanted = significant(query.words[:_MOST_WORDS])
    if not wanted:
        return is_same
    # Of one level, which these are, the first in order are the best: a few are enough.
    is_found = is_same | hits.take(_both(fields.phrase(wanted), must), part=3)
    if len(wanted) > 1:
        every = _all([fields.terms("words", (word, f"{word}s")) for word in wanted])
        hits.take(_both(every, must), part=3)
        if mixed:
            hits.take(_all([_anywhere(fields, word, 0) for word in wanted]), part=3)
    if not is_found:
        _take_similar(hits, query, must, 2)
        _take_with_typos(hits, wanted, must, mixed=mixed)
    # Who has found the name itself wants no others with some of its words.
    if not is_same and not hits.enough:
        _take_parts(hits, query.words[:_MOST_WORDS], must, is_all=not is_found)
    return is_found


def _take_similar(hits: _Hits, query: Query, must: Ask | None, edits: int) -> bool:
    """What has the whole name but for so many edits."""
    is_found = False
    long = [key for key in query.keys if edits <= _typos(key)]
    for key in long:
        # Without its article a name is found with any, and without one.
        if not any(key != other and key.endswith(other) for other in long):
            is_found |= hits.take(_both(hits.fields.fuzzy("key", key, edits), must), part=3)
    return is_found


def _take_mixed(hits: _Hits, words: tuple[str, ...]) -> bool:
    """What has one part of the query as title, and the other one as artist."""
    if not 1 < len(words) <= _MOST_MIXED:
        return False
    fields = hits.fields
    splits = []
    for at in range(1, len(words)):
        for artist, title in ((words[:at], words[at:]), (words[at:], words[:at])):
            whose = fields.terms("artist_key", joined_keys(artist))
            splits.append(_all([fields.terms("key", joined_keys(title)), whose]))
    return hits.take(_any(splits))


def _take_with_typos(hits: _Hits, wanted: Sequence[str], must: Ask | None, *, mixed: bool) -> None:
    """What has all of the words, with typos in the longest of them."""
    fields = hits.fields
    suspects = _suspects(wanted)
    if not suspects:
        return
    each = []
    for word in wanted:
        edits = _typos(word) if word in suspects else 0
        if mixed:
            each.append(_anywhere(fields, word, min(edits, 1)))
        else:
            each.append(fields.fuzzy("words", word, edits))
    hits.take(_both(_all(each), must))


def _take_parts(hits: _Hits, words: tuple[str, ...], must: Ask | None, *, is_all: bool) -> None:
    """What has some of the words: names within the query, the longest first, then any.

    `is_all` if nothing better was found: then there is more of it, with typos too.
    """
    part = 2 if is_all else 4
    fields = hits.fields
    for length in range(min(len(words) - 1, _LONGEST_RUN), 0, -1):
        starts = range(len(words) - length + 1)
        runs = {"".join(words[start : start + length]) for start in starts}
        hits.take(_both(fields.terms("key", sorted(runs)), must), part)
        if hits.enough:
            break
    wanted = significant(words)
    each = [fields.term("words", word) for word in wanted]
    if is_all:
        each += [fields.fuzzy("words", word, 1) for word in _suspects(wanted)]
    if len(each) > 1:
        hits.take(_both(_any(each), must), part, ordered=False)
        hits.take(_both(_any(each), must), part)


def _credited(fields: _Fields, artist: Query) -> Ask:
    """That it is by this artist: the name but for article and punctuation, or all its words."""
    wanted = significant(artist.words[:_MOST_WORDS])
    named = fields.terms("artist_key", artist.keys)
    if not wanted:
        return named
    return _any([named, _all([fields.term("credit", word) for word in wanted])])


def _like_credited(fields: _Fields, artist: Query, of_artists: Part) -> Ask:
    """That it is by somebody of a name like this, or with some of its words.

    Who that may be is looked up once, among the artists: here it would be for each question.
    """
    hits = _Hits(of_artists, _MOST_LIKE)
    wanted = significant(artist.words[:_MOST_WORDS])
    if not _take_similar(hits, artist, None, 1):
        _take_similar(hits, artist, None, 2)
        if wanted:
            _take_with_typos(hits, wanted, None, mixed=False)
    like = {read.id: read for read in map(read_artist, hits.documents())}
    best = rank_artists(artist, like.values(), _MOST_LIKE)
    named = dict.fromkeys(key for hit in best for key in keys(like[hit.id].name))
    return _any(
        [fields.term("artist_key", key) for key in named]
        + [fields.term("credit", word) for word in wanted]
    )


def _suspects(wanted: Sequence[str]) -> list[str]:
    """The words in which typos are looked for."""
    longest = sorted(set(wanted), key=lambda word: (-len(word), word))[:_MOST_TYPOS]
    return [word for word in longest if _typos(word)]


def _anywhere(fields: _Fields, word: str, edits: int) -> Ask:
    """That a word is in the title or in the credit."""
    return _any([fields.fuzzy("words", word, edits), fields.fuzzy("credit", word, edits)])


def _typos(word: str) -> int:
    """The edits that are looked for in a word or name."""
    return edits_allowed(len(word)) if len(word.encode()) <= _LONGEST_FUZZY else 0


def _all(asked: Sequence[Ask]) -> Ask:
    if len(asked) == 1:
        return asked[0]
    return Ask.boolean_query([(Occur.Must, one) for one in asked])


def _any(asked: Sequence[Ask]) -> Ask:
    if len(asked) == 1:
        return asked[0]
    return Ask.boolean_query([(Occur.Should, one) for one in asked])


def _both(asked: Ask, must: Ask | None) -> Ask:
    return asked if must is None else _all([asked, must])
