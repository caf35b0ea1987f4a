"""Artist and album images from fanart.tv, API v3.2: https://fanart.tv/api-docs/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import AlbumImagesMixin, ArtistImagesMixin
from lidarrmetadata.provider.record import Record, rows, table, text
from lidarrmetadata.resilience.limit import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lidarrmetadata.config import DefaultConfig

# Lidarr's cover types, each with fanart.tv's kinds in order of preference.
_ARTIST = {
    "Banner": ("musicbanner",),
    "Fanart": ("artistbackground",),
    "Logo": ("hdmusiclogo", "musiclogo"),
    "Poster": ("artistthumb",),
}
_ALBUM = {"Cover": ("albumcover",), "Disc": ("cdart",)}


class FanArtTvProvider(HttpProvider, ArtistImagesMixin, AlbumImagesMixin):
    """Images by MBID, one request each. Off without `FANART_API_KEY`."""

    name = "fanart"
    rate = Rate(requests=60, seconds=10)
    connections = 30
    cache_table = "fanart"

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """Keys travel as headers, so that no log of addresses holds them."""
        super().__init__(config, tools, timeout=config.FANART_TIMEOUT)
        self._url = config.FANART_URL
        self._keys = {"api-key": config.FANART_API_KEY}
        if config.FANART_CLIENT_KEY:
            self._keys["client-key"] = config.FANART_CLIENT_KEY

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """It knows nobody without a key."""
        return bool(config.FANART_API_KEY)

    async def records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        """See `SourceMixin`. One request a key; what is said of an artist's albums comes along."""
        along: dict[str, Record | None] = {}

        async def artist(mbid: str) -> Record | None:
            answer = await self.get(f"{self._url}/music/{mbid}", _artist, headers=self._keys)
            if answer is None or answer.own is None:
                return None
            along.update({f"album:{album}": record for album, record in answer.albums.items()})
            return answer.own

        async def album(mbid: str) -> Record | None:
            url = f"{self._url}/music/albums/{mbid}"
            albums = await self.get(url, _albums, headers=self._keys)
            return albums.get(mbid) if albums else None

        return along | await self.one_by_one(keys, {"artist": artist, "album": album})


@dataclass(frozen=True)
class _Artist:
    own: Record | None
    albums: Mapping[str, Record]


def _artist(answer: Any) -> _Artist:  # noqa: ANN401  JSON
    if not _is_known(answer):
        return _Artist(None, {})
    return _Artist(Record(images=_images(answer, _ARTIST)), _albums(answer))


def _albums(answer: Any) -> dict[str, Record]:  # noqa: ANN401  JSON
    """Records by MBID; v3 and v3.1 key albums by it, v3.2 lists them."""
    if not _is_known(answer):
        return {}
    albums = answer.get("albums")
    if not isinstance(albums, dict):
        albums = {text(table(album)["release_group_id"]): album for album in rows(albums)}
    return {
        mbid.lower(): Record(images=_images(table(album), _ALBUM)) for mbid, album in albums.items()
    }


def _is_known(answer: Any) -> bool:  # noqa: ANN401  JSON
    """Whether this is an answer about something; raises for any but this and "Not found"."""
    if table(answer).get("status") == "error":
        if text(answer["error message"]).lower().startswith("not found"):
            return False
        raise ValueError("an error other than Not found")
    if not text(answer["mbid_id"]):
        raise ValueError("an answer about nobody")
    return True


def _images(answer: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The image of every kind that people like best."""
    images = {}
    for ours, theirs in kinds.items():
        choices = (_best(rows(answer.get(kind))) for kind in theirs)
        if url := next(filter(None, choices), ""):
            images[ours] = url
    return images


def _best(images: Sequence[Any]) -> str:
    """The address of the most liked image that has one, the first of equals; else ""."""
    ordered = sorted(images, key=lambda image: int(table(image).get("likes") or 0), reverse=True)
    return next(filter(None, [text(image["url"]) for image in ordered]), "")
