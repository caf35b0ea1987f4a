"""Biographies, images and links from TheAudioDB: https://www.theaudiodb.com/free_music_api."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import (
    AlbumImagesMixin,
    AlbumOverviewMixin,
    ArtistImagesMixin,
    ArtistLinksMixin,
    ArtistOverviewMixin,
)
from lidarrmetadata.provider.record import Record, optional_text, rows, table, text
from lidarrmetadata.resilience.limit import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lidarrmetadata.config import DefaultConfig

_FREE_KEY = "123"  # everybody's; 1 and 2 are dead

_ARTIST_IMAGES = {
    "Banner": "strArtistBanner",
    "Fanart": "strArtistFanart",
    "Logo": "strArtistLogo",
    "Poster": "strArtistThumb",
}
_ALBUM_IMAGES = {"Cover": "strAlbumThumb", "Disc": "strAlbumCDart"}
_LINKS = ("strWebsite", "strFacebook", "strTwitter", "strLastFMChart")
# What TheAudioDB calls the languages it has texts in.
_LANGUAGES = {"zh": "CN", "ja": "JP", "sv": "SE", "he": "IL"}


class TheAudioDbProvider(
    HttpProvider,
    ArtistImagesMixin,
    ArtistOverviewMixin,
    ArtistLinksMixin,
    AlbumImagesMixin,
    AlbumOverviewMixin,
):
    """One request an artist or album. Off without `THEAUDIODB_API_KEY`.

    Some of its records are invalid JSON for good. An outage that answers with garbage looks the
    same, so such an answer says nothing: it is not remembered, and does not count as a failure
    either, or five such artists would keep all others from being asked for.
    """

    name = "theaudiodb"
    connections = 10
    cache_table = "tadb"
    not_found_means_nothing = False  # it says 404 to keys it does not know
    has_unreadable_records = True

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """A subscriber's key travels as a header, the free one in the path."""
        super().__init__(config, tools, timeout=config.THEAUDIODB_TIMEOUT)
        key = config.THEAUDIODB_API_KEY
        self._premium = key != _FREE_KEY
        self._headers = {"X-API-KEY": key} if self._premium else {}
        version = "v2/json/lookup" if self._premium else f"v1/json/{key}"
        self._url = f"{config.THEAUDIODB_URL}/{version}"
        self._languages = [
            _LANGUAGES.get(language, language.upper()) for language in config.OVERVIEW_LANGUAGES
        ]

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """It knows nobody without a key."""
        return bool(config.THEAUDIODB_API_KEY)

    @classmethod
    def rate_for(cls, config: DefaultConfig) -> Rate:
        """30 requests a minute with the free key, 100 for subscribers."""
        free = config.THEAUDIODB_API_KEY == _FREE_KEY
        return Rate(requests=30 if free else 100, seconds=60)

    async def records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        """See `SourceMixin`. One request a key."""
        return await self.one_by_one(keys, {"artist": self._artist, "album": self._album})

    async def _artist(self, mbid: str) -> Record | None:
        def read(answer: Any) -> Record | None:  # noqa: ANN401  JSON
            row = _first(answer, "artists", "idArtist")
            return self._artist_record(row) if row else None

        return await self._ask("artist", mbid, read)

    async def _album(self, mbid: str) -> Record | None:
        def read(answer: Any) -> Record | None:  # noqa: ANN401  JSON
            row = _first(answer, "album", "idAlbum")
            return self._album_record(row) if row else None

        return await self._ask("album", mbid, read)

    async def _ask(
        self, kind: str, mbid: str, read: Callable[[Any], Record | None]
    ) -> Record | None:

        if self._premium:
            return await self.get(f"{self._url}/{kind}_mb/{mbid}", read, headers=self._headers)
        return await self.get(f"{self._url}/{kind}-mb.php", read, params={"i": mbid})

    def _artist_record(self, row: Mapping[str, Any]) -> Record:
        addresses = (optional_text(row.get(field)) for field in _LINKS)
        return Record(
            images=_images(row, _ARTIST_IMAGES),
            overview=self._text(row, "strBiography"),
            links=[_absolute(address) for address in addresses if address],
        )

    def _album_record(self, row: Mapping[str, Any]) -> Record:
        return Record(
            images=_images(row, _ALBUM_IMAGES), overview=self._text(row, "strDescription")
        )

    def _text(self, row: Mapping[str, Any], field: str) -> str:
        """The text in the first language there is one in."""
        texts = (optional_text(row.get(f"{field}{language}")) for language in self._languages)
        return next(filter(None, texts), "")


def _first(answer: Any, listed: str, number: str) -> dict[str, Any] | None:  # noqa: ANN401  JSON
    """The record there is, None for none. One without its own number is no record."""
    found = rows(table(answer)[listed])
    if not found:
        return None
    row = table(found[0])
    if not text(row[number]):
        raise ValueError(f"a record without {number}")
    return row


def _images(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    found = {ours: optional_text(row.get(theirs)) for ours, theirs in fields.items()}
    return {kind: url for kind, url in found.items() if url}


def _absolute(address: str) -> str:
    """They often leave the scheme out."""
    return address if "//" in address else f"https://{address}"
