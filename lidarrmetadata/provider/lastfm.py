"""Charts from Last.fm: https://www.last.fm/api."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.provider.mixins import ChartMixin, ChartPosition
from lidarrmetadata.provider.record import optional_text, rows, table, text
from lidarrmetadata.resilience.limit import Rate
from lidarrmetadata.resilience.retry import Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.config import DefaultConfig

# There is no chart of all albums; this tag comes nearest to one.
_EVERYTHING = "all"
# What Last.fm calls its lists, by what is in them and whose they are.
_METHODS = {
    ("album", "user"): "user.gettopalbums",
    ("album", "tag"): "tag.gettopalbums",
    ("artist", "user"): "user.gettopartists",
    ("artist", "tag"): "tag.gettopartists",
    ("artist", ""): "chart.gettopartists",
}
_LISTS = ("topalbums", "albums", "topartists", "artists")
_MBID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# https://www.last.fm/api/errorcodes. They come with status 200 as well as with another.
_NOT_THERE = frozenset({6, 7})  # no such user or tag
_KEY_REFUSED = frozenset({10, 26})  # wrong; suspended
_TRY_AGAIN = frozenset({8, 11, 16})  # something failed; offline; unavailable
_TOO_MANY = 29
_PAUSE = 60.0  # seconds; how long is not said


class LastFmProvider(HttpProvider, ChartMixin):
    """The charts of everybody, of a `user` or of a `tag`. Off without `LASTFM_API_KEY`.

    Its MusicBrainz ids are years old, and those of albums often are ids of releases: hints, no
    more.
    """

    name = "lastfm"
    charts = ("lastfm/album/top", "lastfm/artist/top")
    wishes = ("user", "tag")
    rate = Rate(requests=5, seconds=1)

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """One request a chart."""
        super().__init__(config, tools, timeout=config.CHART_TIMEOUT)
        self._url = f"{config.LASTFM_URL}/"
        self._key = config.LASTFM_API_KEY

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """It says nothing without a key."""
        return bool(config.LASTFM_API_KEY)

    async def chart(self, path: str, count: int, wish: Mapping[str, str]) -> list[ChartPosition]:
        """See `ChartMixin`. Of a `user` and a `tag` the user counts.

        The chart of a user or tag that there is not is empty.
        """
        _, kind, _ = path.split("/")
        whose = next((name for name in self.wishes if wish.get(name)), "")
        params = {name: wish[name] for name in (whose,) if name}
        if kind == "album" and not whose:
            whose, params = "tag", {"tag": _EVERYTHING}
        method = _METHODS[kind, whose]
        params |= {"method": method, "limit": str(count), "api_key": self._key, "format": "json"}

        def read(answer: Any) -> list[ChartPosition]:  # noqa: ANN401  JSON
            return self._positions(answer, kind)

        positions = await self.get(self._url, read, params=params, part=method) or []
        return positions[:count]

    def _positions(self, answer: Any, kind: str) -> list[ChartPosition]:  # noqa: ANN401  JSON
        answer = table(answer)
        if "error" in answer:
            self._judge_error(answer["error"])
            return []
        found = [answer[name] for name in _LISTS if name in answer][0]  # noqa: RUF015  a LookupError
        entries = [table(entry) for entry in rows(table(found)[kind])]
        return [_album(entry) if kind == "album" else _artist(entry) for entry in entries]

    def _judge_error(self, code: Any) -> None:  # noqa: ANN401  JSON
        """Raise for every error but "no such thing"."""
        if code in _NOT_THERE:
            return
        if code == _TOO_MANY:
            self._limiter.pause(_PAUSE)
            raise Transient(f"{self.name} has been asked too much", _PAUSE)
        if code in _TRY_AGAIN:
            raise Transient(f"{self.name} answers with its error {code}")
        suspect = ": is its key right?" if code in _KEY_REFUSED else ""
        raise ProviderUnavailable(f"{self.name} answers with its error {str(code)[:8]}{suspect}")


def _album(entry: dict[str, Any]) -> ChartPosition:
    artist = table(entry["artist"])
    return ChartPosition(
        text(artist["name"]), text(entry["name"]), _mbid(artist), album_id=_mbid(entry)
    )


def _artist(entry: dict[str, Any]) -> ChartPosition:
    return ChartPosition(text(entry["name"]), artist_id=_mbid(entry))


def _mbid(entry: dict[str, Any]) -> str:
    """The id in lower case, "" for none or what is no id."""
    mbid = optional_text(entry.get("mbid")).lower()
    return mbid if _MBID.fullmatch(mbid) else ""
