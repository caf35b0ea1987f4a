"""Runs the cases over the real back ends, each searching one catalogue."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.api.search import SearchBook
from lidarrmetadata.app import create_app
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.errors import MetadataError
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.provider.search_index import SearchIndexProvider
from lidarrmetadata.provider.solr import SolrProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.settings import load_config
from tests.internet import Internet
from tests.internet.solr import Solr
from tests.search.cases import all_cases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from quart.typing import TestClientProtocol

    from lidarrmetadata.config import DefaultConfig
    from tests.dumps import Database
    from tests.search.cases import Case

BACKENDS = ("index", "postgres", "solr")

_LIMIT = 10  # hits of a kind, as many as Lidarr gets
_ROWS = 10_000
_MEMORY = 1 << 20  # bytes for what is remembered; no question comes twice
_LIFETIMES = {"search": 3600}
_TOOLS = Tools.of_this_process(SystemClock())


@dataclass(frozen=True)
class Outcome:
    """What a back end made of a case: the labels of the hits, best first."""

    case: Case
    found: Sequence[str]

    @property
    def is_met(self) -> bool:
        """Whether it is what was expected."""
        return self.case.is_met(self.found)


async def outcomes(
    backend: str, database: Database, labels: Mapping[str, str], folder: Path
) -> list[Outcome]:
    """What a back end makes of all cases that are possible in the catalogue in a database.

    An index is built in `folder`. Raises whatever keeps the back end from being there at all.
    """
    possible = frozenset(labels.values())
    async with _opened(backend, database, folder) as provider:
        book = SearchBook(_Only(provider), MemoryStore(_MEMORY), SystemClock(), _LIFETIMES)
        return [
            Outcome(case, await _found(book, case, labels))
            for case in all_cases()
            if case.is_possible(possible)
        ]


async def _found(book: SearchBook, case: Case, labels: Mapping[str, str]) -> list[str]:
    try:
        hits = await book.find(case.scope, case.query, case.artist, _LIMIT)
    except MetadataError as error:
        return [f"({error})"]
    return [labels[hit.id] for hit in hits]


class _Only:
    """The one back end there is: when it fails, that shows."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def having(self, mixin: type) -> list[Any]:
        return [self._backend]


@asynccontextmanager
async def _opened(backend: str, database: Database, folder: Path) -> AsyncIterator[Any]:
    config = _config(DATABASE=database, SEARCH_INDEX_DIR=str(folder))
    async with opened_catalogue(config) as catalogue:
        if backend == "postgres":
            yield catalogue
        elif backend == "index":
            await build(catalogue, IndexFolder.of(config), memory=config.SEARCH_INDEX_MEMORY)
            async with _open(SearchIndexProvider(config, _TOOLS)) as index:
                yield index
        else:
            async with _solr_with(catalogue) as solr:
                yield solr


@asynccontextmanager
async def opened_catalogue(config: DefaultConfig) -> AsyncIterator[MusicbrainzDbProvider]:
    """The catalogue of these settings."""
    catalogue = MusicbrainzDbProvider(config, _TOOLS)
    async with _open(catalogue):
        yield catalogue


@asynccontextmanager
async def served(
    backend: str, database: Database, folder: Path
) -> AsyncIterator[TestClientProtocol]:
    """A client of a server that searches with a back end. An index is built in `folder`."""
    settings: dict[str, Any] = {
        "DATABASE": database,
        "SEARCH_INDEX_DIR": str(folder),
        "SEARCH_BACKEND": backend,
        "PROVIDERS": ["musicbrainz_db"],
        "DATABASE_POOL_MAX": 6,
    }
    async with Internet() as internet, opened_catalogue(_config(**settings)) as catalogue:
        if backend == "index":
            config = _config(**settings)
            await build(catalogue, IndexFolder.of(config), memory=config.SEARCH_INDEX_MEMORY)
        elif backend == "solr":
            await fill_solr(internet, catalogue)
            settings["SOLR_URL"] = internet.settings()["SOLR_URL"]
        app = create_app(_config(**settings))
        await app.startup()
        try:
            yield app.test_client()
        finally:
            await app.shutdown()


@asynccontextmanager
async def _solr_with(catalogue: MusicbrainzDbProvider) -> AsyncIterator[SolrProvider]:
    async with Internet() as internet:
        await fill_solr(internet, catalogue)
        async with _open(SolrProvider(_config(**internet.settings()), _TOOLS)) as solr:
            yield solr


async def fill_solr(internet: Internet, catalogue: MusicbrainzDbProvider) -> None:
    """Have the Solr on this internet hold what an open catalogue holds."""
    internet.service(Solr).holds(
        await _all(catalogue.artist_names), await _all(catalogue.album_names)
    )


async def _all(names: Callable[[int, int], Awaitable[Sequence[tuple[int, Any]]]]) -> list[Any]:
    listed: list[Any] = []
    after = 0
    while rows := await names(after, _ROWS):
        listed += [name for _, name in rows]
        after = rows[-1][0]
    return listed


@asynccontextmanager
async def _open(provider: Any) -> AsyncIterator[Any]:
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()


def _config(**settings: object) -> DefaultConfig:
    return load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings)
