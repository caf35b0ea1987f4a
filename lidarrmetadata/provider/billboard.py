"""Billboard's charts: https://www.billboard.com/charts/.

They come as pages for people and in no other form. There is a library that reads them, billboard.py
(https://pypi.org/project/billboard.py/), which goes to one fixed address and has no limit for a
whole call. So the page is fetched as from every other source, and read here, by the same marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, SoupStrainer  # type: ignore[attr-defined]  # documented as such
from bs4.builder import ParserRejectedMarkup

from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import ChartMixin, ChartPosition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bs4 import Tag

    from lidarrmetadata.config import DefaultConfig

_PAGES = {"billboard/album/top": "billboard-200", "billboard/artist/top": "artist-100"}
_ROW = "o-chart-results-list-row"
# Of a page of a megabyte only these are made into a tree. While it is read, all classes of a part
# are one text.
_ROWS = SoupStrainer("ul", class_=re.compile(_ROW))


class BillboardProvider(HttpProvider, ChartMixin):
    """This week's Billboard 200 and Artist 100. Off with an empty `BILLBOARD_URL`.

    The page may change at any time. Then it counts as unavailable until this file is mended.
    """

    name = "billboard"
    charts = tuple(_PAGES)
    not_found_means_nothing = False  # the page has moved

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """The time limit is for fetching a page; reading it takes a thread a second at most."""
        super().__init__(config, tools, timeout=config.CHART_TIMEOUT)
        self._url = config.BILLBOARD_URL

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """Whoever does not want pages to be read has no address for them."""
        return bool(config.BILLBOARD_URL)

    async def chart(self, path: str, count: int, wish: Mapping[str, str]) -> list[ChartPosition]:
        """See `ChartMixin`. There is nothing to wish for."""
        page = _PAGES[path]
        read = _albums if page == "billboard-200" else _artists
        positions = await self.get_html(f"{self._url}/charts/{page}/", read, part=page) or []
        return positions[:count]


def _albums(html: str) -> list[ChartPosition]:
    """An album that is credited to nobody cannot be looked for."""
    return [ChartPosition(artist, title) for title, artist in _rows(html) if artist]


def _artists(html: str) -> list[ChartPosition]:
    return [ChartPosition(name) for name, _ in _rows(html)]


def _rows(html: str) -> list[tuple[str, str]]:
    """The heading of each row, and the text below it, "" for none.

    Raises ValueError if there are none: it is another page, or one of another make.
    """
    try:
        page = BeautifulSoup(html, "html.parser", parse_only=_ROWS)
    except ParserRejectedMarkup:
        raise ValueError("a page that is no HTML") from None
    rows = page.find_all("ul", class_=_ROW, recursive=False)
    found = [row for row in map(_row, rows) if row]
    if not found:
        raise ValueError("a page without a chart")
    return found


def _row(row: Tag) -> tuple[str, str] | None:
    heading = row.find(id="title-of-a-story")
    if heading is None or not (title := _text(heading)):
        return None
    below = heading.find_next_sibling("span", class_="c-label")
    return title, _text(below) if below is not None else ""


def _text(part: Tag) -> str:
    return " ".join(part.get_text().split())
