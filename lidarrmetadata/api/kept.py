"""How finished documents stand in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.cache.entry import STALE, Entry

if TYPE_CHECKING:
    from datetime import datetime

    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.documents import Kind

# Merged ids lead to their document in one step; more come about only while several are merged.
_MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it was kept; None: there is positively no such document."""

    document: Any
    expires: datetime
    is_complete: bool = True
    recipe: str = ""

    @property
    def was_expired(self) -> bool:
        """Whether somebody said that it has changed, rather than that it has grown old."""
        return self.expires <= STALE

    def entry(self) -> Entry:
        """As it stands in the cache under its own id."""
        if self.document is None:
            return Entry(None, self.expires)
        value = {
            "document": self.document,
            "complete": self.is_complete,
            "recipe": self.recipe,
        }
        return Entry(value, self.expires)

    def pointer(self) -> Entry:
        """As it stands in the cache under an id that has been merged into its own."""
        return Entry({"moved": self.document["id"]}, self.expires)


async def find_kept(store: Store, kind: Kind, mbid: str) -> Kept | None:
    """The document of an id, its own or a merged one, as it was kept; None if it was not."""
    may_have_moved = False
    for _ in range(_MOST_STEPS):
        entry = (await store.get_many(kind, [mbid])).get(mbid)
        if entry is None:
            return None
        value = entry.value
        expires = STALE if may_have_moved else entry.expires
        if value is None:
            return Kept(None, expires)
        # What does not look as we wrote it is nothing of ours.
        if not isinstance(value, dict):
            return None
        if isinstance(document := value.get("document"), dict) and document.get("id") == mbid:
            return Kept(document, expires, value.get("complete") is True, str(value.get("recipe")))
        if not isinstance(moved := value.get("moved"), str):
            return None
        # Where it leads to may be another place by now. But it is all there is until that is known.
        may_have_moved |= entry.expires <= STALE
        mbid = moved
    return None
