"""The documents that servers are loaded with, and the answers that are theirs."""

from __future__ import annotations

import asyncio
import http.client
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import BenchError, servers
from bench.bare import Answer
from bench.caches import CONNECTIONS
from bench.cases import HOT_ARTIST, TYPICAL_ALBUM, find_case
from bench.load_client import Job
from bench.measure import check
from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.asking import OwnClient
    from bench.caches import Caches
    from bench.cases import Case
    from bench.servers import Server
    from bench.target import Target

WANTED = 15_000
"""Bytes that a document should have before compression."""

_CANDIDATES = 200
_MANY = 64  # connections on which the candidates are asked for
_SECONDS = 60.0  # more than enough for all of them
_TIMEOUT = 30.0  # seconds
# What every server says for itself.
_THE_SERVERS = {"date", "server", "connection", "keep-alive", "transfer-encoding"}
_ASKED_BEFORE = 3  # times, so that an answer is one that was ready


@dataclass(frozen=True)
class Hot:
    """A document, and its size before compression in bytes."""

    path: str
    size: int

    @property
    def mbid(self) -> str:
        """Its id."""
        return self.path.rpartition("/")[2]


async def candidates(target: Target) -> list[Case]:
    """Artists, then albums. Raises `BenchError` if there are none."""
    connection = await target.connect({"search_path": "musicbrainz,public"})
    try:
        return [
            await find_case(connection, question, _CANDIDATES)
            for question in (HOT_ARTIST, TYPICAL_ALBUM)
        ]
    finally:
        await connection.close()


def nearest(server: Server, case: Case) -> Hot:
    """The document of a case whose plain answer is nearest to what is `WANTED`."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=_TIMEOUT)
    documents = []
    try:
        for path in case.paths:
            body = _ask(connection, path, "plain").body
            check(path, body)
            documents.append(Hot(path, len(body)))
    finally:
        connection.close()
    return min(documents, key=lambda document: abs(document.size - WANTED))


def fetch(server: Server, path: str, encoding: str) -> Answer:
    """What the server says to that, once it has said it before. Raises `BenchError`."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=_TIMEOUT)
    try:
        for _ in range(_ASKED_BEFORE):
            _ask(connection, path, encoding)
        return _ask(connection, path, encoding)
    finally:
        connection.close()


def _ask(connection: http.client.HTTPConnection, path: str, encoding: str) -> Answer:
    accepted = "gzip" if encoding == "gzip" else "identity"
    connection.request("GET", path, headers={"Accept-Encoding": accepted})
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        raise BenchError(f"{path} is answered {response.status}: {body[:500]!r}")
    headers = {
        name.lower(): value
        for name, value in response.getheaders()
        if name.lower() not in _THE_SERVERS
    }
    return Answer(tuple({**headers, "content-length": str(len(body))}.items()), body)


@contextmanager
def most_connections(
    target: Target, kept: Caches, own: OwnClient, cases: list[Case]
) -> Iterator[tuple[Server, int]]:
    """A server without a memory tier, and how many connections to PostgreSQL it has at work.

    It has just made all documents of the cases at once. Whatever else of our name is connected to
    these databases must not change meanwhile.
    """
    others = _connections(target, kept)
    with servers.product_with(target, kept, {"MEMORY_CACHE_BYTES": "0"}) as server:
        paths = [path for case in cases for path in case.paths]
        own.begin(Job(server.port, paths, True, _MANY, 0.0, _SECONDS, once=True))
        during = _connections(target, kept)
        own.end()
        # None is closed so soon after.
        yield server, max(during, _connections(target, kept)) - others


def _connections(target: Target, kept: Caches) -> int:
    return asyncio.run(_count(target)) + kept.connections


async def _count(target: Target) -> int:
    connection = await target.connect({})
    try:
        return int(await connection.fetchval(CONNECTIONS))
    finally:
        await connection.close()
