"""How finished documents stand in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.cache.entry import STALE, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
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


async def find_kept(store: Store, kind: Kind, mbids: Iterable[str]) -> dict[str, Kept]:
    """The documents of ids, their own or merged ones, as they were kept; those that were."""
    found: dict[str, Kept] = {}
    followed = {mbid: (mbid, False) for mbid in mbids}  # where it led so far, and if that is sure
    for _ in range(_MOST_STEPS):
        entries = await store.get_many(kind, {mbid for mbid, _ in followed.values()})
        further: dict[str, tuple[str, bool]] = {}
        for asked, (mbid, may_have_moved) in followed.items():
            entry = entries.get(mbid)
            if entry is None:
                continue
            expires = STALE if may_have_moved else entry.expires
            if (kept := _read(entry.value, mbid, expires)) is not None:
                found[asked] = kept
            elif isinstance(entry.value, dict) and isinstance(to := entry.value.get("moved"), str):
                # It may lead to another place by now. But it is all there is until that is known.
                further[asked] = (to, may_have_moved or entry.expires <= STALE)
        if not further:
            break
        followed = further
    return found


def _read(value: Any, mbid: str, expires: datetime) -> Kept | None:  # noqa: ANN401
    """What does not look as we wrote it is nothing of ours."""
    if value is None:
        return Kept(None, expires)
    if not isinstance(value, dict):
        return None
    document = value.get("document")
    if not isinstance(document, dict) or document.get("id") != mbid:
        return None
    return Kept(document, expires, value.get("complete") is True, str(value.get("recipe")))
