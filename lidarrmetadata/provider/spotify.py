"""Names behind Spotify's ids, and the log-in of its users: https://developer.spotify.com."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, TypeVar, cast

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.record import rows, table, text
from lidarrmetadata.resilience.breaker import Breaker
from lidarrmetadata.resilience.limit import Rate
from lidarrmetadata.resilience.retry import Transient, retried

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.http import CallResult, Tools
    from lidarrmetadata.provider.spotify_client import SpotifyClient

log = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES = 2
_CONNECTIONS = 4  # threads
_OFF_SECONDS = 6 * 3600.0
"""After this long what Spotify took away is tried again: its owner may have paid."""

_TOKENS = ("access_token", "token_type", "expires_in", "refresh_token", "scope")


class NotThere(Exception):
    """Spotify positively has no such thing."""


class NotAllowed(Exception):
    """Spotify does not answer this to apps like ours (any more). No failure: it is up and well."""


class Refused(Exception):
    """Spotify does not take the code or token of a user."""


class Tokens(TypedDict, total=False):
    """What Spotify answers who logs in, `expires_in` in seconds. `access_token` is always there."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    scope: str


class SpotifyProvider:
    """One request an artist or album, by spotipy, in a few threads of its own.

    Off without `SPOTIFY_CLIENT_ID` and `SPOTIFY_CLIENT_SECRET`. The token is shared by all
    processes if there is a Redis.
    """

    name: ClassVar[str] = "spotify"
    # Spotify does not tell its limit, which holds for any 30 seconds; apps in development mode have
    # reported refusals from about three requests a second.
    rate: ClassVar[Rate] = Rate(requests=90, seconds=30)

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """`SPOTIFY_TIMEOUT` is for a whole call: waiting, logging in, trying again."""
        self._config = config
        self._clock = tools.clock
        self._observe = tools.observe
        self._timeout = config.SPOTIFY_TIMEOUT
        self._limiter = tools.limiter(self.name, self.rate)
        self._turns = asyncio.Semaphore(_CONNECTIONS)
        self._breakers = {
            part: Breaker(tools.clock, name=f"spotify {part}".strip()) for part in ("", "accounts")
        }
        self._off_until: dict[str, float] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._client: SpotifyClient | None = None

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """It tells nothing to whom it does not know."""
        return bool(config.SPOTIFY_CLIENT_ID and config.SPOTIFY_CLIENT_SECRET)

    async def open(self) -> None:
        """Get ready. Nothing is asked yet."""
        from lidarrmetadata.provider.spotify_client import SpotifyClient  # what few need, loaded

        self._client = SpotifyClient(self._config)
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="spotify")

    async def close(self) -> None:
        """Close connections. Threads that still wait for Spotify end by themselves."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()
        self._client = self._threads = None

    def can(self, capability: str) -> bool:
        """Whether Spotify answers that to us, as far as is known: `album`, `artist`."""
        return self._clock.monotonic() >= self._off_until.get(capability, 0.0)

    async def album(self, spotify_id: str) -> tuple[str, str] | None:
        """Artist and title of an album, by what is listed first; None if there is no such album.

        Raises `NotAllowed` and `ProviderUnavailable`.
        """

        def read(answer: Any) -> tuple[str, str]:  # noqa: ANN401  JSON
            album = table(answer)
            return text(table(rows(album["artists"])[0])["name"]), text(album["name"])

        return await self._named("album", lambda client: read(client.album(spotify_id)))

    async def artist(self, spotify_id: str) -> str | None:
        """The name of an artist; None if there is no such artist.

        Raises `NotAllowed` and `ProviderUnavailable`.
        """

        def read(answer: Any) -> str:  # noqa: ANN401  JSON
            return text(table(answer)["name"])

        return await self._named("artist", lambda client: read(client.artist(spotify_id)))

    async def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """The tokens of a user whom Spotify has sent to `redirect_uri` with `code`.

        Raises `Refused` and `ProviderUnavailable`.
        """
        return await self._tokens(lambda client: client.exchange(code, redirect_uri))

    async def renew(self, refresh_token: str) -> Tokens:
        """New tokens of a user. Raises `Refused` and `ProviderUnavailable`."""
        return await self._tokens(lambda client: client.renew(refresh_token))

    async def _named(self, capability: str, call: Callable[[SpotifyClient], T]) -> T | None:
        if not self.can(capability):
            raise NotAllowed
        try:
            return await self._asked("", call)
        except NotThere:
            return None
        except NotAllowed:
            self._off_until[capability] = self._clock.monotonic() + _OFF_SECONDS
            log.warning(
                "event=capability_off source=spotify capability=%s seconds=%g cause=%r",
                capability,
                _OFF_SECONDS,
                "Spotify does not answer that to this app: since 2026 its owner needs Premium",
            )
            raise

    async def _tokens(self, call: Callable[[SpotifyClient], Any]) -> Tokens:
        def read(answer: Any) -> Tokens:  # noqa: ANN401  JSON
            said = table(answer)
            if not text(said["access_token"]) or not isinstance(said["expires_in"], int):
                raise ValueError("no token")
            told = {key: said[key] for key in _TOKENS if said.get(key) is not None}
            return cast("Tokens", told)

        return await self._asked("accounts", lambda client: read(call(client)))

    async def _asked(self, part: str, call: Callable[[SpotifyClient], T]) -> T:
        """What `call` returns, in a thread. Whatever it cannot make sense of is no answer."""
        deadline = self._clock.monotonic() + self._timeout

        async def attempt() -> T:
            # Half of the time is the most to wait for a turn: see `HttpProvider`.
            begin_by = (self._clock.monotonic() + deadline) / 2
            async with (
                self._turn(begin_by - self._clock.monotonic()) as threads,
                self._breakers[part],
            ):
                await self._limiter.acquire(begin_by - self._clock.monotonic())
                try:
                    return await self._in_thread(call, threads, deadline)
                except Transient as error:
                    if error.asked_wait is not None:
                        self._limiter.pause(error.asked_wait)
                    raise

        started = self._clock.monotonic()
        result: CallResult = "unavailable"
        try:
            answer = await retried(attempt, clock=self._clock, tries=_TRIES, deadline=deadline)
            result = "found"
        except (NotThere, NotAllowed, Refused):
            result = "nothing"
            raise
        finally:
            self._observe(self.name, result, self._clock.monotonic() - started)
        return answer

    @asynccontextmanager
    async def _turn(self, patience: float) -> AsyncIterator[list[asyncio.Future[Any]]]:
        """A turn, which lasts as long as the thread that is put into this list."""
        try:
            async with asyncio.timeout(patience):
                await self._turns.acquire()
        except TimeoutError:
            raise ProviderUnavailable(
                f"spotify has more to do than {_CONNECTIONS} requests at once get done"
            ) from None
        threads: list[asyncio.Future[Any]] = []
        try:
            yield threads
        finally:
            if threads:
                threads[0].add_done_callback(self._end_turn)
            else:
                self._turns.release()

    def _end_turn(self, thread: asyncio.Future[Any]) -> None:
        self._turns.release()
        if not thread.cancelled():
            thread.exception()  # seen, even if nobody waits for it any more

    async def _in_thread(
        self,
        call: Callable[[SpotifyClient], T],
        threads: list[asyncio.Future[Any]],
        deadline: float,
    ) -> T:
        client = self._client
        if client is None:
            raise ProviderUnavailable("spotify has not been opened")

        def work() -> T:
            try:
                return call(client)
            except (ValueError, TypeError, LookupError) as error:
                raise ProviderUnavailable(
                    f"spotify answers with something other than documented: {error}"
                ) from None

        thread = asyncio.get_running_loop().run_in_executor(self._threads, work)
        threads.append(thread)
        try:
            async with asyncio.timeout(deadline - self._clock.monotonic()):
                return await asyncio.shield(thread)
        except TimeoutError:
            raise ProviderUnavailable(
                f"spotify did not answer in {self._timeout:g} seconds"
            ) from None
