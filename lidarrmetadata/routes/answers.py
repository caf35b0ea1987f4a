"""Documents made into HTTP answers: encoded, compressed, and with a tag to recognise them by."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from typing import TYPE_CHECKING

import orjson
from quart import Response, current_app, request

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    from isal import igzip
except ImportError:
    igzip = None  # type: ignore[assignment]

_JSON = "application/json"
_TAG_BYTES = 16
# Above this many bytes compressing takes long enough, over a millisecond, to be done in a thread.
_LONG = 64 * 1024
_GZIP_LEVEL = 5
_IGZIP_LEVEL = 2  # of 0 to 3; as small as zlib's 5 in a tenth of the time


async def json_answer(document: object) -> Response:
    """A document as JSON.

    The same document always gives the same bytes, and so the same strong ETag.

    304 if the client has it already; gzip if the client takes it and it is worth it.
    """
    body = orjson.dumps(document)
    tag = hashlib.blake2b(body, digest_size=_TAG_BYTES).hexdigest()
    zipped = len(body) >= current_app.config["GZIP_MIN_BYTES"] and accepts_gzip(
        request.headers.get("Accept-Encoding", "")
    )
    response = Response(None, content_type=_JSON)
    response.set_etag(f"{tag}-gzip" if zipped else tag)
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    # Weak tags count too (RFC 9110, section 13.1.2): proxies that compress make them of ours.
    had = request.if_none_match
    if had.contains_weak(tag) or had.contains_weak(f"{tag}-gzip"):
        response.status_code = 304
        return response
    if zipped:
        body = await _compressed(body)
    response.set_data(body)
    return response


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The one shape of every error: `{"error": message}`, to be kept by no cache."""
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
