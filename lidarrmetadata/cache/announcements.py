"""What changed lately, for clients that ask which of their records to look up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from datetime import datetime

    from lidarrmetadata.cache.database import CacheDatabase


@dataclass(frozen=True, slots=True)
class Recent:
    """Changes, the newest first."""

    keys: list[str]
    """Of the entries that changed, each once."""

    oldest: datetime | None
    """When the last one listed changed. None if none did."""

    more: bool
    """Whether there were more than could be listed."""


class Announcements:
    """Reads when entries last changed, or were called changed (`Store.expire_many`)."""

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database

    async def since(self, kind: Literal["artist", "album"], since: datetime, limit: int) -> Recent:
        """The latest changes after `since`, `limit` at most. Raises CacheUnavailable.

        One entry more than that may have changed at the moment that `oldest` names.
        """
        query = statement("cache/recent").replace("{table}", kind)
        database = self._database
        async with database.turns.at(kind) as wait, database.connection(wait) as connection:
            rows = await connection.fetch(query, since, limit + 1, timeout=database.read_timeout)
        listed = rows[:limit]
        return Recent(
            keys=[row["key"] for row in listed],
            oldest=listed[-1]["updated"] if listed else None,
            more=len(rows) > limit,
        )

    async def begun(self) -> datetime:
        """Since when changes have been recorded at all. Raises CacheUnavailable."""
        async with self._database.connection() as connection:
            applied: datetime | None = await connection.fetchval(statement("cache/begun"))
        if applied is None:
            raise CacheUnavailable(
                "the cache database has not been told when changes began to be recorded: "
                "let its schema be made anew: DROP SCHEMA lidarrmetadata_cache CASCADE"
            )
        return applied
