"""What an earlier answer had, in a new one that was put together while a source was unavailable.

Lidarr stores what it is sent: an overview that is missing for half an hour is gone until the next
refresh, and images are deleted from its disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lidarrmetadata.documents import Image

    Document = Mapping[str, Any]


def carried_over(new: Document, old: Document) -> dict[str, Any]:
    """The new artist or album with the texts and pictures that only the old one has."""
    document = {
        **new,
        "overview": new["overview"] or old.get("overview") or "",
        "images": _images(new["images"], old.get("images") or ()),
    }
    if "artists" in new:
        before = {artist["id"]: artist for artist in old.get("artists") or ()}
        document["artists"] = [
            carried_over(artist, before[artist["id"]]) if artist["id"] in before else artist
            for artist in new["artists"]
        ]
    return document


def _images(new: Sequence[Image], old: Sequence[Image]) -> list[Image]:
    there = {image["CoverType"] for image in new}
    return [*new, *(image for image in old if image["CoverType"] not in there)]
