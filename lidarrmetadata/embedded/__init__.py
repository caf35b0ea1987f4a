"""PostgreSQL and Valkey of our own, run below one data folder, for those who have neither."""

from __future__ import annotations

from lidarrmetadata.embedded.address import Addresses, PostgresAddress
from lidarrmetadata.embedded.services import EmbeddedServices, attach

__all__ = ["Addresses", "EmbeddedServices", "PostgresAddress", "attach"]
