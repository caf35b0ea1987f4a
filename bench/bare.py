"""The least a server of this kind can do: hand out bytes that lie ready.

`python -m bench.bare PORT` answers `/<n>` with n bytes, on the HTTP server the product runs on.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from hypercorn.config import Config
from hypercorn.run import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI: as many bytes as the path says."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = _bytes(int(scope["path"].lstrip("/") or 0))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def _bytes(length: int) -> bytes:
    return bytes(length)


def main() -> None:
    """Serve in one process until told to stop, as `lidarrmetadata.server` does."""
    config = Config()
    config.application_path = "bench.bare:application"
    config.bind = [f"127.0.0.1:{int(sys.argv[1])}"]
    config.workers = 0
    config.worker_class = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"
    config.include_server_header = False
    run(config)


if __name__ == "__main__":
    main()
