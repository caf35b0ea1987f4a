"""The services of the application that answers the current request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import current_app

if TYPE_CHECKING:
    from lidarrmetadata.services import Services

SERVICES = "lidarrmetadata"


def services() -> Services:
    """Set by `create_app`."""
    found: Services = current_app.extensions[SERVICES]
    return found
