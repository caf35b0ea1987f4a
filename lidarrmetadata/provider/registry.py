"""Which providers there are, which of them are in use, and in what order they are asked."""

from __future__ import annotations

import inspect
import logging
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.provider.apple import AppleChartProvider
from lidarrmetadata.provider.billboard import BillboardProvider
from lidarrmetadata.provider.fanart import FanArtTvProvider
from lidarrmetadata.provider.lastfm import LastFmProvider
from lidarrmetadata.provider.mixins import AlbumByIdMixin, ArtistByIdMixin, SourceMixin
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.provider.spotify import SpotifyProvider
from lidarrmetadata.provider.theaudiodb import TheAudioDbProvider
from lidarrmetadata.provider.wikimedia.provider import WikipediaProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import Tools

log = logging.getLogger(__name__)

M = TypeVar("M")

_PARTS = ("name", "enabled", "open", "close")


class Provider(Protocol):
    """One source. What it can be asked for, its mixins say."""

    name: ClassVar[str]

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """Read the settings; connect to nothing."""

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """Whether the settings hold what it needs, such as a key."""

    async def open(self) -> None:
        """Get ready. A source that is down is no error: it may come back."""

    async def close(self) -> None:
        """Let go of connections."""


_KNOWN: tuple[type[Provider], ...] = (
    MusicbrainzDbProvider,
    FanArtTvProvider,
    TheAudioDbProvider,
    WikipediaProvider,
    AppleChartProvider,
    LastFmProvider,
    BillboardProvider,
    SpotifyProvider,
)
AVAILABLE: Mapping[str, type[Provider]] = MappingProxyType({kind.name: kind for kind in _KNOWN})
"""Every provider there is, by the name it goes by in `PROVIDERS`."""


def provider_class(entry: str) -> type[Provider]:
    """The provider an entry of `PROVIDERS` stands for: a name, or `package.module:Class`.

    Raises `ConfigurationError`.
    """
    if entry in AVAILABLE:
        return AVAILABLE[entry]
    module, _, name = entry.partition(":")
    if not (name.isidentifier() and all(map(str.isidentifier, module.split(".")))):
        raise ConfigurationError(
            f"PROVIDERS names {entry}, but there are only {', '.join(sorted(AVAILABLE))}, and "
            f"providers of your own, written package.module:Class"
        )
    try:
        found: type[Provider] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"PROVIDERS names {entry}, which cannot be imported ({error}): install its package or "
            f"put its folder into PYTHONPATH"
        ) from error
    missing = [part for part in _PARTS if not hasattr(found, part)]
    missing += sorted(getattr(found, "__abstractmethods__", ()))
    if not inspect.isclass(found) or missing:
        raise ConfigurationError(
            f"PROVIDERS names {entry}, which is no provider"
            + (f": it lacks {', '.join(missing)}" if missing else "")
        )
    return found


class Providers:
    """The providers in use, best first, as the setting `PROVIDERS` lists them."""

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """Raises `ConfigurationError` for an entry of `PROVIDERS` that is no provider."""
        listed = [provider_class(entry) for entry in config.PROVIDERS]
        names = [kind.name for kind in listed]
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(
                    f"PROVIDERS lists {name} twice: each source must have a name of its own"
                )
        for kind in listed:
            if issubclass(kind, SourceMixin) and kind.cache_table not in config.CACHE_TTL:
                raise ConfigurationError(
                    f"PROVIDERS lists {kind.name}, whose cache_table {kind.cache_table!r} has no "
                    f"entry in CACHE_TTL: name one that has, such as 'fanart'"
                )
        self._providers = [p(config, tools) for p in listed if p.enabled(config)]
        self.off = [p.name for p in listed if not p.enabled(config)]

    @property
    def names_in_documents(self) -> list[str]:
        """The names of those that artists and albums are made of, best first."""
        kinds = (ArtistByIdMixin, AlbumByIdMixin, SourceMixin)
        return [provider.name for provider in self._providers if isinstance(provider, kinds)]

    def having(self, mixin: type[M]) -> list[M]:
        """The providers that can do this, best first."""
        return [provider for provider in self._providers if isinstance(provider, mixin)]

    async def open(self) -> None:
        """Get all of them ready."""
        log.info(
            "event=providers on=%s off=%s",
            ",".join(provider.name for provider in self._providers),
            ",".join(self.off) or "none",
        )
        for provider in self._providers:
            await provider.open()

    async def close(self) -> None:
        """Let go of all connections."""
        for provider in self._providers:
            await provider.close()
