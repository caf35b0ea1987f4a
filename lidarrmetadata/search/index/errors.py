"""What the index raises. Each message names the cause and, where there is one, the cure."""

from __future__ import annotations


class IndexUnavailable(Exception):
    """There is no index that can be read: none was built, it is broken, or of another edition."""


class IndexBusy(Exception):
    """Somebody else is writing this index."""


class RebuildNeeded(Exception):
    """The index cannot be brought up to date piece by piece: it has to be built anew."""


class IndexUnwritable(Exception):
    """The index cannot be written: no room, no permission, or it is broken."""
