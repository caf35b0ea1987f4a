"""What searches are answered from, the one that was chosen first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.provider.search_index import SearchIndexProvider
from lidarrmetadata.provider.solr import SolrProvider

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import Tools
    from lidarrmetadata.provider.registry import Providers

M = TypeVar("M")


class _Backend(Protocol):
    async def open(self) -> None: ...

    async def close(self) -> None: ...


class SearchBackends:
    """The built-in index, Solr, and every provider that can search by itself."""

    def __init__(self, config: DefaultConfig, tools: Tools, providers: Providers) -> None:
        """Raises `ConfigurationError` if Solr is chosen and has no address."""
        index: list[_Backend] = [SearchIndexProvider(config, tools)]
        solr: list[_Backend] = [SolrProvider(config, tools)] if SolrProvider.enabled(config) else []
        if config.SEARCH_BACKEND == "solr" and not solr:
            raise ConfigurationError("SEARCH_BACKEND is solr, but SOLR_URL says no address of one")
        others: list[object] = list(providers.having(ArtistNameSearchMixin))
        others += [
            one
            for one in providers.having(AlbumNameSearchMixin)
            if not isinstance(one, ArtistNameSearchMixin)
        ]
        self._own = (*index, *solr)
        self._in_order = {
            "auto": (*solr, *index, *others),
            "index": (*index, *others, *solr),
            "postgres": (*others, *index, *solr),
            "solr": (*solr, *index, *others),
        }[config.SEARCH_BACKEND]

    def having(self, mixin: type[M]) -> list[M]:
        """Those that can do this, the chosen one first."""
        return [backend for backend in self._in_order if isinstance(backend, mixin)]

    async def open(self) -> None:
        """Get ready those that are no providers anyway."""
        for backend in self._own:
            await backend.open()

    async def close(self) -> None:
        """Let go of all they hold."""
        for backend in self._own:
            await backend.close()
