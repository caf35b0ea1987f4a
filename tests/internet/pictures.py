"""Images: nobody looks at them, but what is sent is one."""

from __future__ import annotations

import base64

from aiohttp import web

# One grey point.
_GIF = base64.b64decode("R0lGODlhAQABAIAAAICAgAAAACwAAAAAAQABAAACAkQBADs=")


def picture(name: str) -> web.Response:
    """An image, different for each name (what follows the end of a GIF is not read)."""
    return web.Response(body=_GIF + name.encode(), content_type="image/gif")
