"""Logs: one line per event on standard error."""

from __future__ import annotations

import logging

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure(level: str) -> None:
    """Set up logging of this process. Called by programs, never by importing the package."""
    logging.basicConfig(level=level, format=_FORMAT, force=True)
    # One line a request and more from inside the server belong to DEBUG of their own, not to ours.
    logging.getLogger("asyncio").setLevel(max(logging.INFO, logging.getLevelName(level)))
    # At INFO it says per process where it listens, which `server` says once.
    logging.getLogger("hypercorn").setLevel(max(logging.WARNING, logging.getLevelName(level)))
