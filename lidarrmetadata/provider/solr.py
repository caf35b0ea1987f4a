"""Search by MusicBrainz' own Solr: https://github.com/metabrainz/mb-solr."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.provider.musicbrainz.artists import SPECIAL_PURPOSE_ARTISTS
from lidarrmetadata.provider.record import optional_text, rows, table, text
from lidarrmetadata.search.folding import LONGEST
from lidarrmetadata.search.matching import ANYBODY
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.search.matching import Query

T = TypeVar("T")

_LEAST_ROWS = 50  # its order is not ours, so the best are looked for among more than are wanted
_MOST_ROWS = 200
# Solr refuses queries of more than 1,024 clauses; a word is up to 18 of them, and so may a mark be
# that stands for itself. A refusal would count as a failure of Solr.
_MOST_WORDS = 40
# Solr refuses requests of more than 8 KiB with their headers. A byte may be six in the address
# (`%5C%2B`), and an artist's name is in it three times.
_TITLE_BYTES = 500
_ARTIST_BYTES = 250

_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# dismax takes user text as it is, but for three things that nobody means who looks for "-M-".
_DISMAX_SYNTAX = re.compile(r"^\{(?=!)|(?<!\S)[+-]+(?=\w)")
_LUCENE_SYNTAX = re.compile(r'[-+&|!(){}\[\]^"~*?:\\/]')
_LUCENE_WORD = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)")
_ARTICLE = re.compile(r"^the (?=\S)", re.IGNORECASE)
_MBID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

"""What is written where an album has no one artist, folded: see `rank_albums`."""
# What has no status is not among them: most releases without one are official.
_UNOFFICIAL = frozenset({"Bootleg", "Pseudo-Release"})


class SolrProvider(HttpProvider, ArtistNameSearchMixin, AlbumNameSearchMixin):
    """One request a search. Off without `SOLR_URL`.

    Asks for `mbjson`, MusicBrainz' own format, which tells names. From a Solr without it come ids
    alone: then what it found is taken to be named as was asked for, so that it is kept, and in
    Solr's order. Within a level, all that it finds is in its order: `renown` is the rank.

    What the search server finds is all there is: it knows no typos.
    """

    name = "solr"
    connections = 10
    not_found_means_nothing = False  # 404 is a wrong address or a missing collection

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """`SOLR_TIMEOUT` is for a whole search."""
        super().__init__(config, tools, timeout=config.SOLR_TIMEOUT)
        self._url = config.SOLR_URL

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """There is none unless somebody runs one."""
        return bool(config.SOLR_URL)

    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        """See `ArtistNameSearchMixin`."""
        typed = _typed(query)
        if not query or not typed:
            return []

        def read(answer: Any) -> list[ArtistNames]:  # noqa: ANN401  JSON
            return _artists(answer, query)

        return await self._ask("artist/select", _dismax(typed), limit, read)

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        """See `AlbumNameSearchMixin`."""
        title, credited = _typed(query), _typed(artist)
        if not query or not title:
            return []

        def read(answer: Any) -> list[AlbumNames]:  # noqa: ANN401  JSON
            return _albums(answer, query, artist)

        if not artist or not credited:
            return await self._ask("release-group/select", _dismax(title), limit, read)
        by = _lucene(_ARTICLE.sub("", credited), _ARTIST_BYTES)
        theirs = f'(artist:"{by}" OR artistname:"{by}" OR creditname:"{by}")'
        titled = f"({_lucene(title, _TITLE_BYTES)})"
        anybody = not ANYBODY.isdisjoint(artist.keys)
        # The albums of Various Artists first, but those of everybody else as well.
        asked = f"+{titled} {theirs}" if anybody else f"{titled} AND {theirs}"
        return await self._ask("release-group/advanced", asked, limit, read)

    async def _ask(
        self, handler: str, asked: str, limit: int, read: Callable[[Any], list[T]]
    ) -> list[T]:
        params = {
            "q": asked,
            "rows": str(min(max(limit, _LEAST_ROWS), _MOST_ROWS)),
            "wt": "mbjson",
            # SolrCloud's mbjson is made of `_store`; it fails if that is not asked for.
            "fl": "mbid,score,_store",
        }
        collection = handler.partition("/")[0]
        return await self.get(f"{self._url}/{handler}", read, params=params, part=collection) or []


def _typed(query: Query) -> str:
    """What was asked for in a form that can be sent: bounded, and without what is no text."""
    kept = " ".join(_UNSENDABLE.sub(" ", query.text[:LONGEST]).split())
    marks = sum(not (sign.isalnum() or sign.isspace()) for sign in kept)
    if len(query.words) + marks > _MOST_WORDS:
        return " ".join(query.words[:_MOST_WORDS]) or kept[:_MOST_WORDS]
    return kept


def _dismax(typed: str) -> str:
    return _DISMAX_SYNTAX.sub("", typed)


def _lucene(typed: str, most_bytes: int) -> str:
    """Text in which nothing means anything to Lucene, cut between words."""
    encoded = typed.encode()
    if len(encoded) > most_bytes:
        typed = encoded[:most_bytes].decode(errors="ignore").rsplit(" ", 1)[0]
    plain = _LUCENE_WORD.sub(lambda found: found[0].lower(), typed)
    return _LUCENE_SYNTAX.sub(r"\\\g<0>", plain)


def _artists(answer: Any, query: Query) -> list[ArtistNames]:  # noqa: ANN401  JSON
    entries, named = _entries(answer, "artists")
    ranked = _ranked(entries)
    if named:
        found = [_artist(entry, rank) for entry, rank in ranked]
    else:
        found = [ArtistNames(_mbid(one["mbid"]), query.text, renown=rank) for one, rank in ranked]
    return [artist for artist in found if artist.id not in SPECIAL_PURPOSE_ARTISTS]


def _albums(answer: Any, query: Query, artist: Query) -> list[AlbumNames]:  # noqa: ANN401  JSON
    entries, named = _entries(answer, "release-groups")
    if named:
        return [_album(entry, rank) for entry, rank in _ranked(entries)]
    by = (artist.text,) if artist else ()
    return [
        AlbumNames(_mbid(one["mbid"]), query.text, "", credits=by, renown=rank)
        for one, rank in _ranked(entries)
    ]


def _entries(answer: Any, listed: str) -> tuple[list[Any], bool]:  # noqa: ANN401  JSON
    """What Solr found, in its order, and whether that has names. Raises for anything else."""
    answer = table(answer)
    if "error" in answer:
        raise ValueError("an error")
    if table(answer.get("responseHeader", {})).get("partialResults"):
        raise ValueError("what it found before its time was over")
    named = listed in answer
    entries = answer[listed] if named else table(answer["response"])["docs"]
    if not isinstance(entries, list):
        raise TypeError(f"{type(entries).__name__} where a list belongs")
    return entries, named


def _ranked(entries: list[Any]) -> list[tuple[dict[str, Any], int]]:
    """Each with its rank, the highest first."""
    return [(table(entry), len(entries) - place) for place, entry in enumerate(entries)]


def _artist(entry: dict[str, Any], rank: int) -> ArtistNames:
    return ArtistNames(
        _mbid(entry["id"]),
        text(entry["name"]),
        optional_text(entry.get("sort-name")),
        _aliases(entry),
        rank,
    )


def _album(entry: dict[str, Any], rank: int) -> AlbumNames:
    credited = [table(credit) for credit in rows(entry["artist-credit"])]
    artists = [table(credit["artist"]) for credit in credited]
    printed = ""
    names = []
    for credit, artist in zip(credited, artists, strict=True):
        own = text(artist["name"])
        name = optional_text(credit.get("name")) or own  # left out when it is the artist's own
        printed += name + (credit.get("joinphrase") or "")  # unlike elsewhere its spaces count
        names += [name, own, *_aliases(artist)]
    return AlbumNames(
        _mbid(entry["id"]),
        text(entry["title"]),
        _mbid(artists[0]["id"]),
        _aliases(entry),
        tuple(dict.fromkeys([printed, *names])),
        rank,
        _grade(entry),
    )


def _grade(entry: dict[str, Any]) -> Grade:
    releases = rows(entry.get("releases"))
    statuses = {optional_text(table(release).get("status")) for release in releases}
    if statuses and statuses <= _UNOFFICIAL:
        return Grade.BOOTLEG
    is_compilation = "Compilation" in rows(entry.get("secondary-types"))
    return Grade.COMPILATION if is_compilation else Grade.OFFICIAL


def _aliases(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(text(table(alias)["name"]) for alias in rows(entry.get("aliases")))


def _mbid(value: Any) -> str:  # noqa: ANN401  JSON
    mbid = text(value).lower()
    if not _MBID.fullmatch(mbid):
        raise ValueError("an id that is none")
    return mbid
