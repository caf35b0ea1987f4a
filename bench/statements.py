"""What the provider sends to the database for a document, seen from inside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bench import BenchError
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.settings import load_config
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg.connection import LoggedQuery

    from bench.cases import Case
    from bench.target import Target

_FOLDER = "musicbrainz"
# Asked for by nobody's document, but once in a while by whichever comes then.
_LOOKING_OVER = frozenset({"columns", "vocabulary", "own_catalogue"})


@dataclass(frozen=True)
class Sent:
    """A statement of `sql/musicbrainz/` by its name, with its arguments."""

    name: str
    arguments: tuple[Any, ...]

    @property
    def sql(self) -> str:
        """Its text."""
        return statement(f"{_FOLDER}/{self.name}")


@dataclass(frozen=True)
class Document:
    """What one document took.

    `others` counts the round trips that carry no statement of ours: begin and end of the
    transaction, and what the pool sends when it gets its connection back.
    """

    mbid: str
    sent: tuple[Sent, ...]
    others: int

    @property
    def looked_over(self) -> bool:
        """Whether the provider looked its database over on this occasion."""
        return any(sent.name in _LOOKING_OVER for sent in self.sent)


class Recorder(MusicbrainzDbProvider):
    """The provider, its connection's statements and session settings written down."""

    def __init__(self, target: Target) -> None:
        super().__init__(
            load_config(environ={"LIDARR_METADATA_CONFIG": "DEFAULT"}, DATABASE=target.setting),
            Tools.of_this_process(SystemClock()),
        )
        self.session: dict[str, str] = {}
        self._names = _names()
        self._log: list[LoggedQuery] = []

    async def document(self, route: str, mbid: str) -> Document:
        """The statements of a document. Raises `BenchError` if the provider does not know it."""
        self._log.clear()
        found: Any = await (
            self.albums([mbid]) if route == "album" else self.artists([mbid], albums=True)
        )
        await asyncio.sleep(0)  # asyncpg hands its log over through the event loop
        if mbid not in found.documents:
            raise BenchError(f"the provider has no {route} {mbid}, which is in its database")
        sent = tuple(
            Sent(self._names[query.query], tuple(query.args))
            for query in self._log
            if query.query in self._names
        )
        return Document(mbid, sent, len(self._log) - len(sent))

    async def _forget(self, connection: Any) -> None:  # noqa: ANN401  asyncpg's proxy of one
        """Called by the pool for every connection it makes."""
        await super()._forget(connection)
        rows = await connection.fetch(
            "SELECT name, setting FROM pg_settings WHERE source = 'client' AND context = 'user'"
        )
        self.session = {row["name"]: row["setting"] for row in rows}
        connection.add_query_logger(self._log.append)


@asynccontextmanager
async def recorder(target: Target) -> AsyncIterator[Recorder]:
    """An open recorder. Raises `ProviderUnavailable` if the database cannot be used."""
    provider = Recorder(target)
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()


async def documents(provider: Recorder, case: Case) -> list[Document]:
    """The statements of each document of a case, less those for looking the database over."""
    route = case.question.route
    # A new connection asks more: asyncpg looks up types it sees for the first time.
    await provider.document(route, case.mbids[0])
    recorded = []
    for mbid in case.mbids:
        document = await provider.document(route, mbid)
        while document.looked_over:
            document = await provider.document(route, mbid)
        recorded.append(document)
    return recorded


def _names() -> dict[str, str]:
    names = [
        file.name.removesuffix(".sql")
        for file in files(f"lidarrmetadata.sql.{_FOLDER}").iterdir()
        if file.name.endswith(".sql")
    ]
    return {statement(f"{_FOLDER}/{name}"): name for name in names}
