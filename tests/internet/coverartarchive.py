"""The Cover Art Archive: lists of images, and the images, which lie elsewhere."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from tests.internet.pictures import picture
from tests.internet.service import Service, not_found

_IMAGE = re.compile(r"/coverartarchive/release/([^/]+)/(\d+)(?:-(250|500|1200))?\.jpg")
_LIST = re.compile(r"/coverartarchive/release/([^/]+)/?")
_STORED = re.compile(r"/archive/download/mbid-[^/]+/[^/]+\.jpg")


class CoverArtArchive(Service):
    """Images that were registered with `facts.cover`; `/archive` is archive.org."""

    name = "coverartarchive"
    prefixes = ("coverartarchive", "archive")

    def settings(self, base: str) -> dict[str, str]:
        return {"COVERARTARCHIVE_URL": f"{base}/coverartarchive"}

    def answer(self, request: web.Request, path: str) -> web.Response:
        if _STORED.fullmatch(path):
            return picture(path)
        if match := _LIST.fullmatch(path):
            return self._list(match[1].lower())
        match = _IMAGE.fullmatch(path)
        if match is None:
            self.violates(request, "no such path")
            return not_found()
        release, image, size = match.groups()
        known = self.facts.find_covers(release.lower())
        if int(image) not in known and not self.facts.knows_everything:
            return not_found(f"No image {image} found for release")
        name = f"mbid-{release}-{image}{f'_thumb{size}' if size else ''}.jpg"
        location = f"/archive/download/mbid-{release}/{name}"
        return web.Response(status=307, headers={"Location": location})

    def _list(self, release: str) -> web.Response:
        covers = self.facts.find_covers(release)
        if not covers:
            return not_found(f"No cover art found for release {release}")
        images = [_image(release, image, types) for image, types in covers.items()]
        document = {"images": images, "release": f"https://musicbrainz.org/release/{release}"}
        return web.json_response(document)


def _image(release: str, image: int, types: tuple[str, ...]) -> dict[str, Any]:
    # The archive itself gives these addresses without https.
    base = f"http://coverartarchive.org/release/{release}/{image}"
    return {
        "id": image,
        "types": list(types),
        "front": "Front" in types,
        "back": "Back" in types,
        "approved": True,
        "comment": "",
        "image": f"{base}.jpg",
        "thumbnails": {size: f"{base}-{size}.jpg" for size in ("250", "500", "1200")},
    }
