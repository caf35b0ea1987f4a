"""Judge an answer exactly as Lidarr does: nothing to complain about, or what it would trip over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from . import relations, shapes
from .reading import read_list, read_object, require, require_all
from .violation import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .reading import Read
    from .shapes import Shape

Kind = Literal[
    "artist",
    "album",
    "search-artist",
    "search-album",
    "search-all",
    "fingerprint",
    "recent",
    "chart",
    "series",
    "spotify-map",
    "spotify-lookup",
]


@dataclass(frozen=True, slots=True)
class Family:
    """How Lidarr treats the answers of one kind of route.

    `status` says what it does with statuses other than 200: `after` parses the body first, then
    maps errors and follows redirects; `before` fails without looking at the body; `ignored` takes
    what the body says; `exact` wants 200 itself, not even 204.
    """

    shape: Shape
    status: Literal["after", "before", "ignored", "exact"] = "before"
    listed: bool = True
    between: Callable[[Read], Iterator[Violation]] | None = None
    over_all: Callable[[list[Read]], Iterator[Violation]] | None = None


_ALBUMS = Family(shapes.ALBUM, between=relations.of_album)
_CHART = Family(shapes.CHART_ITEM, "exact")
_SPOTIFY = Family(shapes.SPOTIFY_PAIR, over_all=relations.of_spotify_pairs)
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "artist": Family(shapes.ARTIST, "after", listed=False, between=relations.of_artist),
        "album": Family(shapes.ALBUM, "after", listed=False, between=relations.of_lone_album),
        "search-artist": Family(shapes.ARTIST, between=relations.of_artist),
        "search-album": _ALBUMS,
        "search-all": Family(shapes.FOUND, between=relations.of_found),
        "fingerprint": _ALBUMS,
        "recent": Family(shapes.RECENT, "ignored", listed=False, between=relations.of_recent),
        "chart": _CHART,
        "series": _CHART,
        "spotify-map": _SPOTIFY,
        "spotify-lookup": _SPOTIFY,
    }
)

# What Lidarr makes of an error on artist/ and album/, if the body is one it can parse.
_ERRORS = {
    400: ("bad-request", "Lidarr reports a bad request."),
    404: ("not-found", "Lidarr takes it for deleted."),
    503: ("unavailable", "Lidarr reports that the service is unavailable, and changes nothing."),
}


def violations(
    kind: Kind,
    body: object,
    status: int = 200,
    content_type: str = "application/json",
) -> list[Violation]:
    """Return what Lidarr holds against an answer; an empty list means that it takes it.

    `body` is the raw answer (bytes), because 1 and 1.0 are different things to Lidarr, or a
    decoded value. Error answers are refused too, the proper ones with a single violation that
    says `is_error_answer`. Redirects of artist and album are followed, so there is nothing
    against them. JSON that only Lidarr's lenient parser would take (NaN, comments) is refused.
    Raises `KeyError` for a kind that is none.
    """
    family = FAMILIES[kind]
    if 300 <= status < 400:
        if family.status == "after":
            return []
        return [Violation("redirect", "", f"Lidarr follows no redirect ({status}) on this route.")]
    if family.status == "exact" and status != 200:
        return [Violation("failed", "", f"Lidarr wants status 200 here, not {status}.")]
    if family.status == "before" and status >= 400:
        return [Violation("failed", "", f"Lidarr reports that the request failed with {status}.")]
    if "text/html" in content_type.lower():
        return [Violation("html", "", "Lidarr refuses every answer of type text/html.")]
    try:
        value = _decode(body)
    except (ValueError, RecursionError) as error:
        return [Violation("not-json", "", f"Lidarr cannot parse the body: {error}.")]

    found: list[Violation] = []
    read: Any = (read_list if family.listed else read_object)(family.shape, value, "", found)
    if found:
        return found
    if family.status == "after" and status >= 400:
        rule, reason = _ERRORS.get(status, ("failed", f"Lidarr reports a failure ({status})."))
        return [Violation(rule, "", reason)]
    if read is None:
        return [Violation("empty", "", "Lidarr throws on an empty or null answer.")]
    if family.listed:
        require_all(family.shape, read, "", found)
        return found or list(_between(family, read))
    require(family.shape, read, "", found)
    return found or (list(family.between(read)) if family.between else [])


def _between(family: Family, items: list[Read]) -> Iterator[Violation]:
    if family.between is not None:
        for index, item in enumerate(items):
            yield from relations.below(f"[{index}]", family.between(item))
    if family.over_all is not None:
        yield from family.over_all(items)


def _decode(body: object) -> object:
    if not isinstance(body, bytes):
        return body
    if not body.strip():
        return None
    return json.loads(body, object_pairs_hook=_last_that_is_not_null, parse_constant=_refuse)


def _last_that_is_not_null(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build the object as Lidarr does when a name is there twice: a null overwrites nothing."""
    built: dict[str, object] = {}
    for name, value in pairs:
        if value is not None or name not in built:
            built[name] = value
    return built


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
