"""One address for every document, however a client spells the path.

Lidarr's own base address ends in `/api/v0.4`, people's proxies add prefixes and slashes, and a
redirect breaks Lidarr nearly everywhere. So the spelling is settled before routing: every route is
written once, at the root.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

OFFICIAL_PREFIX = "/api/v0.4"
# Key in the ASGI scope: what was taken off the front of the path. Links of our own are built with
# it.
PREFIX = "lidarrmetadata.prefix"
# Key in the ASGI scope: the path as it was asked for, for messages.
ASKED = "lidarrmetadata.asked"

_SLASHES = re.compile("/{2,}")
_ENCODED_SLASH = re.compile(b"%2f", re.IGNORECASE)
_ENCODED_TWICE = b"%252F"
# What goes before the path in a request to a proxy, which RFC 9112, section 3.2.2, has every server
# take.
_AUTHORITY = re.compile("^https?://[^/]*", re.IGNORECASE)
_NOWHERE = "/*"  # no route: an address outside `APPLICATION_ROOT`


class SettledPaths:
    """ASGI layer: takes off `root` and Lidarr's prefix, doubled slashes and one at the end."""

    def __init__(self, app: Asgi, root: str) -> None:
        self._app = app
        self._root = root.rstrip("/")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI's own types
        """Pass the request on with its path settled."""
        if scope["type"] == "http":
            asked = _decoded(scope)
            prefix, path = self.settle(asked)
            scope = {**scope, "path": path, "root_path": "", PREFIX: prefix, ASKED: asked}
        await self._app(scope, receive, send)

    def settle(self, path: str) -> tuple[str, str]:
        """The prefix of a path, and the rest of it with single slashes and none at the end.

        `/music/api/v0.4//artist/x/` is (`/music/api/v0.4`, `/artist/x`) below the root `/music`.
        """
        path = _SLASHES.sub("/", f"/{_AUTHORITY.sub('', path)}")
        prefix = ""
        for part in (self._root, OFFICIAL_PREFIX):
            if path == part or path.startswith(f"{part}/"):
                prefix, path = prefix + part, path.removeprefix(part)
            elif part == self._root:
                return "", _NOWHERE
        return prefix, path.rstrip("/") or "/"


def _decoded(scope: dict[str, Any]) -> str:
    """The path with percent-encoding undone, but for slashes: those are part of a name."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None or not _ENCODED_SLASH.search(raw):
        path: str = scope["path"]
        return path
    return unquote(_ENCODED_SLASH.sub(_ENCODED_TWICE, raw).decode("ascii"))
