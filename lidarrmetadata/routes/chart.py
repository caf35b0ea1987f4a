"""`/chart/…`: the albums or artists of a chart, for Lidarr's import lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from lidarrmetadata.api.chart import MOST
from lidarrmetadata.routes.answers import briefly, json_answer
from lidarrmetadata.routes.current import services
from lidarrmetadata.routes.parameters import parse_limit, parse_words

if TYPE_CHECKING:
    from quart import Response

blueprint = Blueprint("chart", __name__)

_COUNT = 10


@blueprint.get("/chart/<name>/<kind>/<selection>")
async def chart(name: str, kind: str, selection: str) -> Response:
    """The first `count` items of a chart, of a `user` or a `tag` if it has such.

    An empty list if its source is down and it has never been seen. 404 only if there is no such
    chart.
    """
    charts = services().charts
    path = f"{name}/{kind}/{selection}".lower()
    asked = {wish: request.args.get(wish, "") for wish in charts.wishes(path)}
    wish = {word: parse_words(text, word) for word, text in asked.items() if text.strip()}
    count = parse_limit(request.args.get("count"), _COUNT, MOST, "count")
    found = await charts.get(path, count, wish)
    return await json_answer(found.items, briefly(found.seconds))
