"""What a request needs, built once per application, opened and closed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.provider.registry import Providers

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig


class Services:
    """Owns everything that is opened and closed."""

    def __init__(self, config: DefaultConfig) -> None:
        self.config = config
        self.providers = Providers(config)

    async def open(self) -> None:
        """Called when the application starts."""
        await self.providers.open()

    async def close(self) -> None:
        """Called when the application stops."""
        await self.providers.close()
