"""MusicBrainz' Solr: the collections `artist` and `release-group`, `/select` and `/advanced`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade
from tests.internet.lucene import Group, QuerySyntaxError, Text, parse
from tests.internet.service import Service, not_found
from tests.internet.solr_index import ALL_FIELDS, Collection, Scores, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.internet.service import World

MOST_BYTES = 8192  # Jetty's limit for a request without its body
MOST_CLAUSES = 1024  # Lucene's limit for a query
MOST_ROWS = 200  # ours: more is never of use
_PATH = re.compile(r"/solr/([^/]+)/([^/]+)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LISTED = {"artist": "artists", "release-group": "release-groups"}
_LUCENE = "Lucene syntax where a name belongs, or a syntax error"

_ARTIST_BOOSTS = {"artist": 2.0, "sortname": 1.85, "alias": 1.75}
_ALBUM_BOOSTS = {
    "releasegroup": 2.0,
    "alias": 1.2,
    "artist": 1.2,
    "artistname": 1.2,
    "creditname": 1.2,
}


class RefusedError(Exception):
    """Solr refuses the request, with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Solr(Service):
    """Searches what it `holds`; only then do `internet.settings()` have `SOLR_URL`.

    `knows_mbjson = False` makes it a Solr without MusicBrainz' format, which answers plain JSON.
    """

    name = "solr"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.knows_mbjson = True
        self._collections: dict[str, Collection[Any]] = {}

    def holds(self, artists: Iterable[ArtistNames] = (), albums: Iterable[AlbumNames] = ()) -> None:
        """Make this the catalogue, in place of the one before."""
        self._collections = {
            "artist": Collection(artists, _artist_fields, _renown, _ARTIST_BOOSTS, least_words=2),
            "release-group": Collection(
                albums, _album_fields, _renown, _ALBUM_BOOSTS, least_words=1
            ),
        }

    def breaks(self, *, times: int | None = None) -> None:
        """Answer 500 as Solr does when a shard is gone."""
        error = _error(500, "no servers hosting shard: shard1", is_mbjson=self.knows_mbjson)
        self.answers(json.dumps(error).encode(), status=500, times=times)

    def settings(self, base: str) -> dict[str, str]:
        return {"SOLR_URL": f"{base}/solr"} if self._collections else {}

    def answer(self, request: web.Request, path: str) -> web.Response:
        match = _PATH.fullmatch(path)
        collection = self._collections.get(match[1]) if match else None
        if match is None or collection is None or match[2] not in ("select", "advanced"):
            self.violates(request, "no such collection or handler")
            return not_found()
        is_mbjson = self.knows_mbjson and request.query.get("wt", "mbjson") == "mbjson"
        try:
            rows = self._check(request, is_mbjson)
            scores = self._scores(request, collection, match[2])
        except RefusedError as refused:
            self.violates(request, str(refused))
            error = _error(refused.status, str(refused), is_mbjson=is_mbjson)
            return web.json_response(error, status=refused.status)
        found = collection.best(scores, rows)
        if is_mbjson:
            return web.json_response(_mbjson(_LISTED[match[1]], found, len(scores)))
        return web.json_response(_plain(request, found, len(scores)))

    def _check(self, request: web.Request, is_mbjson: bool) -> int:
        """How many rows are asked for, if all is well but for the query itself."""
        headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
        if len(request.raw_path) + headers > MOST_BYTES:
            raise RefusedError(414, "URI is too large")
        rows = request.query.get("rows", "10")
        if not rows.isdecimal() or int(rows) > MOST_ROWS:
            raise RefusedError(400, f"rows={rows}")
        fields = set(request.query.get("fl", "score,_store").split(","))
        if is_mbjson and not {"score", "_store"} <= fields:
            raise RefusedError(500, "The document didn't include a _store value")
        return int(rows)

    def _scores(self, request: web.Request, collection: Collection[Any], handler: str) -> Scores:
        asked = request.query.get("q", "")
        if not asked.strip():
            raise RefusedError(400, "without a query everything there is would be the answer")
        if _CONTROL.search(asked):
            raise RefusedError(400, "control characters in the query")
        if handler == "select":
            _bounded(ALL_FIELDS * _words(asked))
            return collection.select(asked)
        try:
            query = parse(asked)
        except QuerySyntaxError as error:
            raise RefusedError(400, f"{_LUCENE}: {error}") from None
        unknown = {text.field for text in _texts(query)} - collection.fields - {""}
        if unknown:
            raise RefusedError(400, f"undefined field {', '.join(unknown)}")
        _bounded(
            sum(_words(text.text) * (1 if text.field else ALL_FIELDS) for text in _texts(query))
        )
        return collection.advanced(query)


def _words(text: str) -> int:
    """How many words a text may be taken for: what is no letter can be one by itself."""
    marks = sum(not (sign.isalnum() or sign.isspace()) for sign in text)
    return marks + sum(word.isalnum() for word in words_of(text))


def _bounded(clauses: int) -> None:
    if clauses > MOST_CLAUSES:
        limit = f"maxClauseCount is set to {MOST_CLAUSES}"
        raise RefusedError(400, f"Query contains too many nested clauses; {limit}")


def _texts(query: Text | Group) -> list[Text]:
    if isinstance(query, Text):
        return [query]
    return [text for _, clause in query.clauses for text in _texts(clause)]


def _renown(thing: ArtistNames | AlbumNames) -> int:
    return thing.renown


def _artist_fields(artist: ArtistNames) -> Mapping[str, Sequence[str]]:
    return {"artist": [artist.name], "sortname": [artist.sort_name], "alias": artist.aliases}


def _album_fields(album: AlbumNames) -> Mapping[str, Sequence[str]]:
    return {
        "releasegroup": [album.title],
        "alias": album.aliases,
        "artist": album.credits[:1],
        "creditname": album.credits[1:2],
        "artistname": album.credits[2:],
    }


def _mbjson(listed: str, found: list[tuple[Any, float]], count: int) -> dict[str, Any]:
    best = found[0][1] if found else 1.0
    entries = [
        {**(_artist(thing) if isinstance(thing, ArtistNames) else _album(thing)), "score": score}
        for thing, score in ((thing, int(100 * score / best)) for thing, score in found)
    ]
    created = "2026-11-20T12:00:00.000Z"
    return {"created": created, "count": count, "offset": 0, listed: entries}


def _artist(artist: ArtistNames) -> dict[str, Any]:
    return {
        "id": artist.id,
        "name": artist.name,
        "sort-name": artist.sort_name or artist.name,
        "disambiguation": "",
        **_aliases(artist.aliases),
    }


def _album(album: AlbumNames) -> dict[str, Any]:
    """As far as an album's names tell: its credit is one artist, by the second name there is."""
    printed, *names = album.credits or ("",)
    own = names[0] if names else printed
    artist = {"id": album.artist_id, "name": own, "sort-name": own, **_aliases(names[1:])}
    status = "Bootleg" if album.grade is Grade.BOOTLEG else "Official"
    is_compilation = album.grade is Grade.COMPILATION
    return {
        "id": album.id,
        "count": 1,
        "title": album.title,
        "primary-type": "Album",
        **({"secondary-types": ["Compilation"]} if is_compilation else {}),
        "artist-credit": [{**({"name": printed} if printed != own else {}), "artist": artist}],
        "releases": [{"id": album.id, "title": album.title, "status": status}],
        **_aliases(album.aliases),
    }


def _aliases(names: Sequence[str]) -> dict[str, Any]:
    """Left out if there are none."""
    absent = dict.fromkeys(("locale", "type", "primary", "begin-date", "end-date"))
    aliases = [{"sort-name": name, "name": name, **absent} for name in names]
    return {"aliases": aliases} if aliases else {}


def _plain(request: web.Request, found: list[tuple[Any, float]], count: int) -> dict[str, Any]:
    docs = [{"mbid": thing.id, "score": score} for thing, score in found]
    header = {"status": 0, "QTime": 3, "params": dict(request.query)}
    most = found[0][1] if found else 0.0
    response = {"numFound": count, "start": 0, "maxScore": most, "numFoundExact": True}
    return {"responseHeader": header, "response": {**response, "docs": docs}}


def _error(status: int, message: str, *, is_mbjson: bool) -> dict[str, Any]:
    if is_mbjson:
        return {"error": {"code": status, "message": message}}
    kind = "org.apache.solr.common.SolrException"
    said = {"metadata": ["error-class", kind], "msg": message, "code": status}
    return {"responseHeader": {"status": status, "QTime": 1}, "error": said}
