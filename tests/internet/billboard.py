"""Billboard's pages with the Billboard 200 and the Artist 100, as billboard.com has them."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from aiohttp import web

from tests.internet.service import Service, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.internet.service import World

_PAGE = re.compile(r"/billboard/charts/(billboard-200|artist-100)/")


class Billboard(Service):
    """Both pages, with what they have been given."""

    name = "billboard"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._pages: dict[str, list[tuple[str, str]]] = {"billboard-200": [], "artist-100": []}

    def settings(self, base: str) -> dict[str, str]:
        return {"BILLBOARD_URL": f"{base}/billboard"}

    def holds(self, albums: Iterable[tuple[str, str]] = (), artists: Iterable[str] = ()) -> None:
        """Albums as (artist, title), and artists."""
        self._pages["billboard-200"] = [(title, artist) for artist, title in albums]
        self._pages["artist-100"] = [(artist, "") for artist in artists]

    def answer(self, request: web.Request, path: str) -> web.Response:
        match = _PAGE.fullmatch(path)
        if match is None:
            self.violates(request, "no such page")
            return not_found()
        rows = "".join(
            _row(rank, *entry) for rank, entry in enumerate(self._pages[match[1]], start=1)
        )
        head = f'<head><meta property="og:title" content="{match[1]} Chart"/></head>'
        menu = '<ul class="o-nav__list"><li><h3 id="title-of-a-story">Menu</h3></li></ul>'
        body = f"<!DOCTYPE html><html>{head}<body>{menu}<div>{rows}</div></body></html>"
        return web.Response(text=body, content_type="text/html")


def _row(rank: int, heading: str, below: str) -> str:
    label = f'<span class="c-label a-no-trucate">\n\t{escape(below)}\n</span>' if below else ""
    return f"""
<div class="o-chart-results-list-row-container">
<ul class="o-chart-results-list-row // lrv-a-unstyle-list" data-detail-target="{rank}">
 <li class="o-chart-results-list__item"><span class="c-label">\n\t{rank}\n</span></li>
 <li class="o-chart-results-list__item"><img data-lazy-src="https://charts-static/{rank}.jpg"></li>
 <li class="o-chart-results-list__item"><span class="c-label">NEW</span></li>
 <li class="lrv-u-width-100p">
  <ul class="lrv-a-unstyle-list lrv-u-flex">
   <li class="o-chart-results-list__item">
    <h3 id="title-of-a-story" class="c-title">\n\t\t{escape(heading)}\n\t</h3>{label}
   </li>
   <li class="o-chart-results-list__item"><span class="c-label">-</span></li>
   <li class="o-chart-results-list__item"><span class="c-label">{rank}</span></li>
  </ul>
 </li>
</ul>
</div>"""
