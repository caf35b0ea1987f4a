"""Servers that do nothing but hand out the product's own answers: what is possible at best."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import servers
from bench.bare import SERVERS, write_answers
from lidarrmetadata.embedded.address import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.bare import Answer
    from bench.servers import Server

PRODUCTS_OWN = "hypercorn"
"""The HTTP server that the product runs on."""

_NGINX = "nginx"
# One process, as the others; whoever runs it, its files are all in one folder.
_NGINX_SETTINGS = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/temporary;
    proxy_temp_path {folder}/temporary;
    fastcgi_temp_path {folder}/temporary;
    uwsgi_temp_path {folder}/temporary;
    scgi_temp_path {folder}/temporary;
    keepalive_requests 1000000000;
    tcp_nodelay on;
    open_file_cache max=100;
    etag off;
    types {{ }}
    server {{
        listen {address}:{port};
        location = / {{ return 200; }}
{locations}
    }}
}}
"""


@dataclass(frozen=True)
class Ceiling:
    """A server with ready answers, by the name of the program; the nth is at `/<n>`."""

    name: str
    server: Server


@contextmanager
def ceilings(answers: Sequence[Answer]) -> Iterator[list[Ceiling]]:
    """All there are on this machine, the product's own HTTP server first. Raises `BenchError`."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="lidarr-metadata-bench-"))
        )
        file = folder / "answers.json"
        write_answers(file, answers)
        found = [
            Ceiling(name, stack.enter_context(servers.bare_with(name, file)))
            for name in SERVERS
            if importlib.util.find_spec(name)
        ]
        if program := shutil.which(_NGINX):
            port = free_port()
            settings = folder / "nginx.conf"
            settings.write_text(_nginx_settings(folder, port, answers), encoding="utf-8")
            command = [program, "-p", str(folder), "-c", str(settings), "-e", f"{folder}/errors"]
            found.append(Ceiling(_NGINX, stack.enter_context(servers.program(command, port))))
        yield found


def _nginx_settings(folder: Path, port: int, answers: Sequence[Answer]) -> str:
    locations = []
    for number, answer in enumerate(answers):
        file = folder / str(number)
        file.write_bytes(answer.body)
        lines = [f"alias {file};", 'add_header Last-Modified "";']
        for name, value in answer.headers:
            if name.lower() == "content-type":
                lines.append(f"default_type {_quoted(value)};")
            elif name.lower() != "content-length":
                lines.append(f"add_header {name} {_quoted(value)};")
        locations.append(f"location = /{number} {{ {' '.join(lines)} }}")
    return _NGINX_SETTINGS.format(
        folder=folder, address=LOOPBACK, port=port, locations="\n".join(locations)
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
