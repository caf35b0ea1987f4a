"""What sources said, kept: in this process, in PostgreSQL, or in both."""

from __future__ import annotations

from lidarrmetadata.cache.announcements import Announcements, Recent
from lidarrmetadata.cache.database import CacheDatabase
from lidarrmetadata.cache.entry import STALE, Entry
from lidarrmetadata.cache.listener import Listener
from lidarrmetadata.cache.memory import MemoryStore
from lidarrmetadata.cache.postgres import PostgresStore
from lidarrmetadata.cache.progress import Progress, Step
from lidarrmetadata.cache.redis import RedisStore
from lidarrmetadata.cache.store import TABLES, CacheUnavailable, Store
from lidarrmetadata.cache.tiers import Tiers

__all__ = [
    "STALE",
    "TABLES",
    "Announcements",
    "CacheDatabase",
    "CacheUnavailable",
    "Entry",
    "Listener",
    "MemoryStore",
    "PostgresStore",
    "Progress",
    "Recent",
    "RedisStore",
    "Step",
    "Store",
    "Tiers",
]
