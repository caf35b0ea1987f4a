"""What changed lately, among all that this server has ever answered."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from lidarrmetadata.api import changes
from lidarrmetadata.cache.store import CacheUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from lidarrmetadata.documents import Changes, Kind
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

_MOST = 10_000
# Clocks differ, and what was being written when the client last asked shows only afterwards.
_OVERLAP = timedelta(minutes=1)


async def get(services: Services, kind: Kind, since: datetime) -> Changes:
    """The ids, current and retired, of what changed since then, the latest first.

    `limited`: there may be more. Never fails: what cannot be told is `limited`, and Lidarr then
    goes by the age of what it has.
    """
    nothing: Changes = {"since": since.isoformat(), "count": 0, "limited": True, "items": []}
    if services.announcements is None:
        return nothing
    try:
        async with asyncio.timeout(services.config.ANSWER_BUDGET):
            is_watched = await changes.keep_up(services)
            exchanged = await changes.exchanged(services)
            begun = exchanged or await services.announcements.begun()
            found = await services.announcements.since(kind, since - _OVERLAP, _MOST)
    except (CacheUnavailable, TimeoutError) as error:
        log.info("event=recent_unknown kind=%s cause=%r", kind, str(error) or "too slow")
        return nothing
    except Exception:
        log.exception("event=recent_failed kind=%s", kind)
        return nothing
    return {
        "since": (found.oldest if found.more and found.oldest else since).isoformat(),
        "count": len(found.keys),
        "limited": found.more or not is_watched or since < begun,
        "items": found.keys,
    }
