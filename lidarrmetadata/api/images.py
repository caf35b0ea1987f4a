"""Which images a document shows: the best source's, type by type."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lidarrmetadata.documents import Image

_TYPES = ("Cover", "Disc", "Banner", "Fanart", "Logo", "Poster")
_ENDINGS = (".jpg", ".jpeg", ".png", ".gif")


def best_images(
    sources: Iterable[Mapping[str, str]], others: Iterable[Image], cache_url: str
) -> list[Image]:
    """One image of each type, in a fixed order.

    `sources` are addresses by type, the preferred source first; what they lack is filled from
    `others`, the catalogue's own. `cache_url` goes in front of every address.
    """
    found: dict[str, str] = {}
    catalogue = {image["CoverType"]: image["remoteUrl"] for image in others}
    for addresses in (*sources, catalogue):
        for kind, address in addresses.items():
            if kind not in found and (usable := usable_address(address)):
                found[kind] = usable
    prefix = f"{cache_url.rstrip('/')}/" if cache_url else ""
    return [
        {"CoverType": kind, "Url": f"{prefix}{found[kind]}", "remoteUrl": found[kind]}
        for kind in _TYPES
        if kind in found
    ]


def usable_address(address: str) -> str:
    """The address without a query, which Lidarr would take for the file's type.

    "" if it is none, or its path ends in no type of picture that Lidarr knows.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    if not parts.path.lower().endswith(_ENDINGS):
        return ""
    return parts._replace(query="", fragment="").geturl()
