"""Which artists and albums Spotify's ids stand for: remembered, by links, or by name."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lidarrmetadata.api import resolve
from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.cache.entry import Entry, fuzzed
from lidarrmetadata.documents import KINDS
from lidarrmetadata.errors import BadRequest, NotFound, Unavailable
from lidarrmetadata.provider.mixins import SpotifyIdMixin
from lidarrmetadata.provider.spotify import NotAllowed, Refused, SpotifyProvider
from lidarrmetadata.resilience.singleflight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lidarrmetadata.documents import Kind, SpotifyPair
    from lidarrmetadata.provider.spotify import Tokens
    from lidarrmetadata.resilience.singleflight import Tell
    from lidarrmetadata.services import Services

MOST = 10_000
"""Ids in one look-up."""

_TABLE = "spotify"
_MISSING = "0"  # what Lidarr takes for "looked up, and not there"
_MBID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_Lifetime = Literal["spotify", "negative", "provider_error"]


class _Meaning(NamedTuple):
    """What an id stands for as an artist or as an album; `mbid` None for nothing that we know.

    Spotify's ids are never those of both, so that one of the two is all there is to remember.
    """

    kind: Kind
    mbid: str | None

    def entry(self, expires: datetime) -> Entry:
        return Entry([self.kind, self.mbid], expires)

    @classmethod
    def read(cls, value: Any) -> _Meaning | None:  # noqa: ANN401
        """As it was remembered; None if this is nothing of ours."""
        if not isinstance(value, list) or len(value) != len(cls._fields) or value[0] not in KINDS:
            return None
        kind, mbid = value
        if mbid is not None and not (isinstance(mbid, str) and _MBID.fullmatch(mbid)):
            return None
        return cls(kind, mbid)


class SpotifyMap:
    """Meanings by Spotify id. The same id is looked up once, however many ask at once.

    What an id stands for is remembered for good: it grows old, and is then looked up anew, but only
    another meaning takes its place. That it stands for nothing we know is remembered for a time.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._flights: SingleFlight[tuple[Kind, str], str | None] = SingleFlight()

    async def close(self) -> None:
        """Give up what is still under way."""
        await self._flights.close()

    async def remembered(self, spotify_ids: Sequence[str]) -> list[SpotifyPair]:
        """What is known of these ids without asking anybody."""
        entries = await self._services.store.get_in_bulk(_TABLE, spotify_ids)
        now = self._services.clock.now()

        def pairs() -> list[SpotifyPair]:
            return [
                {"spotifyid": one, "musicbrainzid": _known(entries.get(one), now)}
                for one in spotify_ids
            ]

        return await asyncio.to_thread(pairs)

    async def find(self, kind: Kind, spotify_id: str) -> str | None:
        """The MBID of what it stands for; None if that is nothing we know.

        Raises `Unavailable`.
        """
        entry, meaning = await self._kept(spotify_id)
        if meaning is not None and meaning.kind == kind and entry is not None:
            is_fresh = entry.is_fresh(self._services.clock.now())
            if meaning.mbid is not None and not is_fresh:
                self._join(kind, spotify_id)  # for the next who asks
            if meaning.mbid is not None or is_fresh:
                return meaning.mbid
        return await self._join(kind, spotify_id)

    def _join(self, kind: Kind, spotify_id: str) -> asyncio.Future[str | None]:
        return self._flights.join(
            (kind, spotify_id), lambda tell: self._fly(kind, spotify_id, tell)
        )

    async def _fly(self, kind: Kind, spotify_id: str, tell: Tell[str | None]) -> None:
        mbid, lifetime = await self._looked_up(kind, spotify_id)
        meaning = _Meaning(kind, mbid)
        if mbid is None:
            # Others may have found it meanwhile, or it was found long ago, before a link was lost.
            _, kept = await self._kept(spotify_id)
            if kept is not None and kept.mbid is not None:
                meaning, lifetime = kept, "spotify"
        tell(meaning.mbid if meaning.kind == kind else None)
        seconds = self._services.config.CACHE_TTL[lifetime]
        due = self._services.clock.now() + fuzzed(seconds)
        await self._services.store.put_many(_TABLE, {spotify_id: meaning.entry(due)})

    async def _looked_up(self, kind: Kind, spotify_id: str) -> tuple[str | None, _Lifetime]:
        """What it stands for by links, else by name, and how long that holds."""
        linked, _ = await first_that_can(
            self._services.providers.having(SpotifyIdMixin),
            lambda provider: provider.spotify_ids(kind, [spotify_id]),
        )
        if spotify_id in linked:
            return linked[spotify_id], "spotify"
        for spotify in self._services.providers.having(SpotifyProvider):
            try:
                mbid = await self._by_name(spotify, kind, spotify_id)
            except NotAllowed:  # it may be again
                return None, "provider_error"
            return mbid, "spotify" if mbid else "negative"
        return None, "negative"

    async def _by_name(self, spotify: SpotifyProvider, kind: Kind, spotify_id: str) -> str | None:
        ratio = self._services.config.SPOTIFY_MATCH_MIN_RATIO
        if kind == "artist":
            name = await spotify.artist(spotify_id)
            if name is None:
                return None
            (artist,) = await resolve.artists(self._services, [name], ratio)
            return artist[0] if artist else None
        names = await spotify.album(spotify_id)
        if names is None:
            return None
        (album,) = await resolve.albums(self._services, [names], ratio)
        return album.album if album else None

    async def _kept(self, spotify_id: str) -> tuple[Entry | None, _Meaning | None]:
        entries = await self._services.store.get_many(_TABLE, [spotify_id])
        entry = entries.get(spotify_id)
        return entry, _Meaning.read(entry.value) if entry else None


async def lookup(services: Services, spotify_ids: Sequence[str]) -> list[SpotifyPair]:
    """What has been looked up of these ids so far, in their order; each id once."""
    return await services.spotify.remembered(list(dict.fromkeys(spotify_ids)))


async def artist(services: Services, spotify_id: str) -> str:
    """The MBID of an artist. Raises `NotFound` and `Unavailable`."""
    return await _found(services, "artist", spotify_id)


async def album(services: Services, spotify_id: str) -> str:
    """The MBID of an album. Raises `NotFound` and `Unavailable`."""
    return await _found(services, "album", spotify_id)


async def exchange(services: Services, code: str, redirect_uri: str) -> Tokens:
    """The tokens of a user whom Spotify has sent to `redirect_uri` with `code`.

    Raises `BadRequest` if Spotify does not take them, and `Unavailable`.
    """
    try:
        return await _spotify(services).exchange(code, redirect_uri)
    except Refused:
        raise BadRequest(
            "Spotify does not take this code: it holds for minutes, once, and only if the app at "
            f"Spotify has the redirect URI {redirect_uri}"
        ) from None


async def renew(services: Services, refresh_token: str) -> Tokens:
    """New tokens of a user. Raises `BadRequest` if Spotify does not take it, and `Unavailable`."""
    try:
        return await _spotify(services).renew(refresh_token)
    except Refused:
        raise BadRequest("Spotify does not take this refresh_token: log in to it again") from None


async def _found(services: Services, kind: Kind, spotify_id: str) -> str:
    mbid = await services.spotify.find(kind, spotify_id)
    if mbid is None:
        raise NotFound(f"no {kind} is known by the Spotify id {spotify_id}")
    return mbid


def _spotify(services: Services) -> SpotifyProvider:
    for provider in services.providers.having(SpotifyProvider):
        return provider
    raise Unavailable(
        "Spotify is switched off: set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, and have "
        "spotify among the PROVIDERS"
    )


def _known(entry: Entry | None, now: datetime) -> str | None:
    meaning = _Meaning.read(entry.value) if entry else None
    if entry is None or meaning is None:
        return None
    if meaning.mbid is None:
        return _MISSING if entry.is_fresh(now) else None
    return meaning.mbid
