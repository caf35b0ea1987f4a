"""Every failure becomes one JSON object with the key `error`.

Lidarr parses the body before it looks at the status, and chokes on anything but an object.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, cast

from quart import has_request_context, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from lidarrmetadata.cache.answers import SHORT
from lidarrmetadata.errors import MetadataError, Unauthorized, Unavailable
from lidarrmetadata.errors import NotFound as NotThere
from lidarrmetadata.routes.answers import briefly, error_answer
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import shortened
from lidarrmetadata.routes.paths import ASKED

if TYPE_CHECKING:
    from quart import Quart, Response

log = logging.getLogger(__name__)

# The address of a document, whatever is in front of it.
_DOCUMENT = re.compile(
    r"/(?:artist|album)/+[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/*$", re.IGNORECASE
)


def register(app: Quart) -> None:
    """Install the handlers."""
    app.register_error_handler(MetadataError, _expected)
    app.register_error_handler(NotFound, _no_route)
    app.register_error_handler(MethodNotAllowed, _wrong_method)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


async def _expected(error: MetadataError) -> Response:
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, NotThere):
        headers["Cache-Control"] = briefly(min(SHORT, services().config.CACHE_TTL["missing"]))
    return error_answer(error.status, str(error), headers)


async def _no_route(_: NotFound) -> Response:
    """404, but for an artist or album asked for below an address that is not ours.

    Whoever mistypes Lidarr's `metadataSource` must not lose a library: Lidarr deletes what is
    answered with 404.
    """
    # A WebSocket has no request; and Quart's type of the scope knows nothing of keys of ours.
    asked = cast("dict[str, str]", request.scope)[ASKED] if has_request_context() else ""
    if _DOCUMENT.search(asked):
        root = services().config.APPLICATION_ROOT.rstrip("/")
        return error_answer(
            400,
            f"there is no {shortened(asked)!r} here, only {root}/artist/… and {root}/album/…: "
            "mend the metadataSource of Lidarr, or APPLICATION_ROOT of this server",
        )
    return error_answer(404, f"there is nothing at {shortened(asked)!r}")


async def _wrong_method(error: MethodNotAllowed) -> Response:
    allowed = ", ".join(sorted(error.valid_methods or ()))
    return error_answer(405, f"only {allowed} can be asked for here", {"Allow": allowed})


async def _http(error: HTTPException) -> Response:
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() not in {"content-type", "content-length"}
    }
    return error_answer(error.code or 500, error.description or error.name, headers)


async def _unexpected(error: Exception) -> Response:
    log.error("event=unexpected_error", exc_info=error)
    return error_answer(500, "something went wrong in the server; its log tells what")
