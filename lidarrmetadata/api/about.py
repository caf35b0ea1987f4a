"""What this server is and how new its data is."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lidarrmetadata import build
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import DataVintageMixin

if TYPE_CHECKING:
    from lidarrmetadata.documents import About
    from lidarrmetadata.provider.mixins import Vintage
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

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
        asking = asyncio.ensure_future(provider.vintage())
        asking.add_done_callback(_let_go)
        # Not `wait_for`: that waits for the cancelled call as well, which a frozen database delays.
        await asyncio.wait({asking}, timeout=_PATIENCE)
        if asking.done() and asking.exception() is None:
            return asking.result()
        asking.cancel()
        if provider.last_vintage is not None:
            return provider.last_vintage
    return None


def _let_go(asking: asyncio.Future[Vintage]) -> None:
    """Log what went wrong unless it is the one thing that may: nobody else will look."""
    if not asking.cancelled() and (error := asking.exception()):
        level = logging.DEBUG if isinstance(error, ProviderUnavailable) else logging.ERROR
        log.log(level, "event=vintage_unknown cause=%r", str(error))
