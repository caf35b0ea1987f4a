"""Which providers there are, which of them are in use, and in what order they are asked."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig

M = TypeVar("M")


class Provider(Protocol):
    """One source. What it can be asked for, its mixins say."""

    name: str

    async def open(self) -> None:
        """Get ready. A source that is down is no error: it may come back."""

    async def close(self) -> None:
        """Let go of connections."""


class Providers:
    """The providers in use, best first, as the setting `PROVIDERS` lists them."""

    AVAILABLE = MappingProxyType({provider.name: provider for provider in (MusicbrainzDbProvider,)})

    def __init__(self, config: DefaultConfig) -> None:
        unknown = [name for name in config.PROVIDERS if name not in self.AVAILABLE]
        if unknown:
            raise ConfigurationError(
                f"PROVIDERS names {', '.join(unknown)}, but there are only "
                f"{', '.join(sorted(self.AVAILABLE))}"
            )
        self._providers: list[Provider] = [
            self.AVAILABLE[name](config) for name in config.PROVIDERS
        ]

    def having(self, mixin: type[M]) -> list[M]:
        """The providers that can do this, best first."""
        return [provider for provider in self._providers if isinstance(provider, mixin)]

    async def open(self) -> None:
        """Get all of them ready."""
        for provider in self._providers:
            await provider.open()

    async def close(self) -> None:
        """Let go of all connections."""
        for provider in self._providers:
            await provider.close()
