"""The least a server of this kind can do: hand out bytes that lie ready.

`python -m bench.bare PORT` answers `/<n>` with n bytes, on the HTTP server the product runs on.
`python -m bench.bare PORT SERVER FILE` answers `/<n>` with the nth answer of a file that
`write_answers` wrote, on `hypercorn`, `uvicorn` or `granian`.
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypercorn.config import Config
from hypercorn.run import run

from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_APPLICATION = "bench.bare:application"
_ANSWERS = "BENCH_BARE_ANSWERS"  # environment, which reaches the processes that servers start


@dataclass(frozen=True)
class Answer:
    """An answer of the product: its headers, but for those of every server, and its body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def write_answers(file: Path, answers: Sequence[Answer]) -> None:
    """Write what `python -m bench.bare PORT SERVER FILE` reads."""
    ready = [
        {"headers": answer.headers, "body": base64.b64encode(answer.body).decode()}
        for answer in answers
    ]
    file.write_text(json.dumps(ready), encoding="utf-8")


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI: as many bytes as the path says, or the answer of its number."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    headers, body = _ready(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def _ready(path: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    number = int(path.lstrip("/") or 0)
    if not (file := os.environ.get(_ANSWERS)):
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % number)]
        return headers, bytes(number)
    answer = json.loads(Path(file).read_text(encoding="utf-8"))[number]
    headers = [(name.encode(), value.encode()) for name, value in answer["headers"]]
    return headers, base64.b64decode(answer["body"])


def _hypercorn(port: int) -> None:
    """As `lidarrmetadata.server` does."""
    config = Config()
    config.application_path = _APPLICATION
    config.bind = [f"{LOOPBACK}:{port}"]
    config.workers = 0
    config.worker_class = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"
    config.include_server_header = False
    run(config)


def _uvicorn(port: int) -> None:
    importlib.import_module("uvicorn").run(
        _APPLICATION,
        host=LOOPBACK,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _granian(port: int) -> None:
    importlib.import_module("granian").Granian(
        _APPLICATION, address=LOOPBACK, port=port, interface="asgi", log_enabled=False
    ).serve()


SERVERS = {"hypercorn": _hypercorn, "uvicorn": _uvicorn, "granian": _granian}
"""What runs the application on a port, by the name of the package that has to be installed."""


def main() -> None:
    """Serve in one process until told to stop."""
    port, *more = sys.argv[1:]
    server, *files = more or ["hypercorn"]
    if files:
        os.environ[_ANSWERS] = files[0]
    SERVERS[server](int(port))


if __name__ == "__main__":
    main()
