"""What this server is and how new its data is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lidarrmetadata import build
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import DataVintageMixin

if TYPE_CHECKING:
    from lidarrmetadata.documents import About
    from lidarrmetadata.provider.mixins import Vintage
    from lidarrmetadata.services import Services

# Seconds a catalogue gets to say how old it is. Monitors ask here whether the server lives: it must
# answer at once, whatever state the database is in.
_PATIENCE = 0.08


async def get(services: Services) -> About:
    """Version, and schema and age of the catalogue, as last known if it cannot be asked."""
    vintage = await _vintage(services)
    replicated = vintage.replicated if vintage else None
    return {
        "version": build.VERSION,
        "branch": build.branch(),
        "commit": build.commit(),
        "schema_sequence": vintage.schema_sequence if vintage else None,
        "replication_date": replicated.isoformat() if replicated else None,
    }


async def _vintage(services: Services) -> Vintage | None:
    for provider in services.providers.having(DataVintageMixin):
        try:
            return await asyncio.wait_for(provider.vintage(), _PATIENCE)
        except (ProviderUnavailable, TimeoutError):
            if provider.last_vintage is not None:
                return provider.last_vintage
    return None
