"""The Apple Music and iTunes charts: https://rss.marketingtools.apple.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import ChartMixin, ChartPosition
from lidarrmetadata.provider.record import optional_text, rows, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.config import DefaultConfig

_MOST = 50  # albums; the feed has no more


class AppleChartProvider(HttpProvider, ChartMixin):
    """The albums most played in a country. Needs no key.

    There is one such feed, and so the charts of Apple Music and iTunes are the same. A feed of new
    albums there is not any more: `new` are those that are most played, the latest first.
    """

    name = "apple"
    charts = (
        "apple-music/album/top",
        "apple-music/album/new",
        "itunes/album/top",
        "itunes/album/new",
    )
    not_found_means_nothing = False  # it has no such country

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """The feed is one of `CHART_COUNTRY`; of it, the albums of `CHART_GENRE`."""
        super().__init__(config, tools, timeout=config.CHART_TIMEOUT)
        country = config.CHART_COUNTRY
        self._url = f"{config.APPLE_MUSIC_URL}/{country}/music/most-played/{_MOST}/albums.json"
        self._genre = config.CHART_GENRE.strip().casefold()

    async def chart(self, path: str, count: int, wish: Mapping[str, str]) -> list[ChartPosition]:
        """See `ChartMixin`. There is nothing to wish for."""
        albums = await self.get(self._url, self._albums) or []
        if path.endswith("/new"):
            albums.sort(key=lambda album: optional_text(album.get("releaseDate")), reverse=True)
        return [
            ChartPosition(artist=text(album["artistName"]), title=text(album["name"]))
            for album in albums[:count]
        ]

    def _albums(self, answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401  JSON
        """Those of the genre, in the order of the feed. Raises for anything else."""
        albums = [table(album) for album in rows(table(table(answer)["feed"])["results"])]
        if not albums:
            raise ValueError("a chart without albums")
        for album in albums:
            text(album["artistName"])
            text(album["name"])
            optional_text(album.get("releaseDate"))
        return [album for album in albums if not self._genre or self._genre in _genres(album)]


def _genres(album: Mapping[str, Any]) -> set[str]:
    """Names and numbers of the genres that an album is filed under, folded."""
    genres = [table(genre) for genre in rows(album.get("genres"))]
    names = {optional_text(genre.get("name")).casefold() for genre in genres}
    return names | {optional_text(genre.get("genreId")) for genre in genres}
