"""Documents made into HTTP answers: encoded, compressed, and with a tag to recognise them by."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from quart import Response, current_app, request

from lidarrmetadata.cache.answers import Address, Document, Kept, Life, Rendered
from lidarrmetadata.routes.current import services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.api.search import Results
    from lidarrmetadata.api.shelf import Answer

try:
    from isal import igzip
except ImportError:
    igzip = None  # type: ignore[assignment]

_JSON = "application/json"
_TAG_BYTES = 16
# Above this many bytes compressing takes long enough, over a millisecond, to be done in a thread.
_LONG = 64 * 1024
_GZIP_LEVEL = 5
# Seconds a shared cache may go on serving an answer while we do not answer at all: 30 days.
_STALE_IF_ERROR = 30 * 24 * 3600
# Bytes of a query; answers to longer ones are not kept, nobody asks the same again.
_LONGEST_QUERY = 256
# How long the answer to a search is served as it is unless a document in it changes: new ones have
# to be found, too.
_SEARCH_LIFE = timedelta(minutes=5)
SEARCH_SECONDS = 60
"""Seconds that shared caches, which hear of no change in it, may keep the answer to a search."""
_IGZIP_LEVEL = 2  # of 0 to 3; as small as zlib's 5 in a tenth of the time


async def json_answer(document: object, cache_control: str = "") -> Response:
    """A document as JSON.

    The same document always gives the same bytes, and so the same strong ETag.

    304 if the client has it already; gzip if the client takes it and it is worth it.
    """
    return _response(await render(document), cache_control)


async def uncached_json(document: object) -> Response:
    """What was done for a caller, as JSON that no cache may keep."""
    return await json_answer(document, "no-store")


async def cached_json(answer: Answer, document: object | None = None) -> Response:
    """An answer of the document book as JSON, kept in memory for the next who asks.

    `document` is what is sent of it, if not all.
    """
    rendered = await render(answer.document if document is None else document)
    asked = Address(request.path.lower(), request.query_string)
    mbid = answer.document["id"]
    life = services().life_of(answer, is_own=asked == Address(f"/{answer.kind}/{mbid}", b""))
    if len(asked.query) <= _LONGEST_QUERY:
        named = asked.path.rpartition("/")[2]
        ids = frozenset({(answer.kind, mbid), (answer.kind, named)})
        changed = answer.state == "changed"
        kept = Kept(ids, rendered, life, life.due, changed, renewal=(answer.kind, named))
        services().answers.keep(asked, kept, answer.read)
    return _response(rendered, cache_control(life.shared_seconds(services().clock.now())))


async def searched_json(found: Results, documents: list[Any]) -> Response:
    """What a search has found as JSON, kept in memory for the next until a part of it changes."""
    rendered = await render(documents)
    asked = Address(request.path.lower(), request.query_string)
    answers = [result.answer for result in found.results]
    is_settled = found.is_whole and all(answer.state == "fresh" for answer in answers)
    if is_settled and len(asked.query) <= _LONGEST_QUERY:
        now = services().clock.now()
        due = min([now + _SEARCH_LIFE, *(answer.expires for answer in answers)])
        kept = Kept(
            frozenset((answer.kind, answer.document["id"]) for answer in answers),
            rendered,
            Life(due, SEARCH_SECONDS, purged=False),
            due,
        )
        services().answers.keep(asked, kept, found.read)
    return _response(rendered, briefly(SEARCH_SECONDS))


async def listed_json(items: list[dict[str, Any]], read: int) -> Response:
    """A list of albums as JSON, kept in memory for minutes, or until one of the albums changes.

    `read` is the serial of the answer cache from before the first of them was read.
    """
    rendered = await render(items)
    asked = Address(request.path.lower(), request.query_string)
    if len(asked.query) <= _LONGEST_QUERY:
        due = services().clock.now() + _SEARCH_LIFE
        of: frozenset[Document] = frozenset(("album", item["AlbumId"]) for item in items)
        kept = Kept(of, rendered, Life(due, SEARCH_SECONDS, purged=False), due)
        services().answers.keep(asked, kept, read)
    return _response(rendered, briefly(SEARCH_SECONDS))


async def render(document: object) -> Rendered:
    """A document as the bytes that go over the wire, compressed if that is worth it."""
    body = orjson.dumps(document)
    tag = hashlib.blake2b(body, digest_size=_TAG_BYTES).hexdigest()
    is_long_enough = len(body) >= current_app.config["GZIP_MIN_BYTES"]
    return Rendered(body, await _compressed(body) if is_long_enough else None, tag)


def cache_control(shared_seconds: int) -> str:
    """Shared caches may keep it for this long, and serve it while we are down; clients ask us."""
    return f"{briefly(shared_seconds)}, stale-if-error={_STALE_IF_ERROR}"


def briefly(shared_seconds: int) -> str:
    """Shared caches may keep it for this long and no longer, down or not."""
    return f"public, s-maxage={shared_seconds}, max-age=0"


def has_already(if_none_match: str, tag: str) -> bool:
    """Whether an `If-None-Match` header names this answer, in either form, strong or weak.

    Weak tags count too (RFC 9110, section 13.1.2): proxies that compress make them of ours.
    """
    return f'"{tag}' in if_none_match or if_none_match.strip() == "*"


def _response(rendered: Rendered, cache_control: str) -> Response:
    zipped = rendered.zipped is not None and accepts_gzip(
        request.headers.get("Accept-Encoding", "")
    )
    response = Response(None, content_type=_JSON)
    response.set_etag(f"{rendered.tag}-gzip" if zipped else rendered.tag)
    response.headers["Vary"] = "Accept-Encoding"
    if cache_control:
        response.headers["Cache-Control"] = cache_control
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if has_already(request.headers.get("If-None-Match", ""), rendered.tag):
        response.status_code = 304
        return response
    response.set_data(rendered.zipped if zipped and rendered.zipped else rendered.body)
    return response


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The one shape of every error: `{"error": message}`, to be kept by no cache unless told."""
    response = Response(orjson.dumps({"error": message}), status=status, content_type=_JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def accepts_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` header allows gzip (RFC 9110, section 12.5.3)."""
    for item in header.split(","):
        coding, _, weight = item.partition(";")
        if coding.strip().lower() in {"gzip", "x-gzip", "*"}:
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


async def _compressed(body: bytes) -> bytes:
    return await asyncio.to_thread(_gzip, body) if len(body) > _LONG else _gzip(body)


def _gzip(body: bytes) -> bytes:
    """Without a time stamp: the same body gives the same bytes."""
    if igzip is not None:
        packed: bytes = igzip.compress(body, _IGZIP_LEVEL, mtime=0)
        return packed
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
