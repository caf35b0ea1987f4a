"""The base of every source that is asked over HTTP.

A subclass declares who it is and how it may be used; how requests are limited, timed, tried again
and given up is the same for all and stands here. Two outcomes and no third: what the source said,
`None` among it for "no such thing", or `ProviderUnavailable`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import aiohttp
import orjson

from lidarrmetadata import build
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.resilience.breaker import Breaker
from lidarrmetadata.resilience.limit import NullRateLimiter, SimpleRateLimiter
from lidarrmetadata.resilience.retry import Transient, retried
from lidarrmetadata.resilience.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.limit import Rate, RateLimiter

T = TypeVar("T")

CallResult = Literal["found", "nothing", "unavailable"]
Observe = Callable[[str, CallResult, float], None]
"""Told of every call when it is over: whose, how it ended, and its seconds."""

_MOST_BYTES = 8 * 1024 * 1024  # of an answer; the longest seen are a twentieth of that
_TRIES = 2
_NOT_THERE = 404
_TOO_MANY = 429
_OK = 200
_KEY_REFUSED = (401, 403)
_SERVER_ERROR = 500
_PAUSE = 60.0  # seconds, for a 429 without Retry-After: limits are mostly told by the minute


class AnswerTooLong(ProviderUnavailable):
    """The answer is longer than we read. Asking for less may help."""


@dataclass(frozen=True)
class Tools:
    """What providers share: the clock, where rate limiters come from, and who counts the calls."""

    clock: Clock
    limiter: Callable[[str, Rate], RateLimiter]
    observe: Observe = lambda _name, _result, _seconds: None

    @classmethod
    def of_this_process(cls, clock: Clock) -> Tools:
        """Tools whose limits hold for this process alone."""
        return cls(clock, lambda _name, rate: SimpleRateLimiter(rate, clock))


class HttpProvider:
    """One source: one session, one limiter, and a breaker for each part that may fail by itself."""

    name: ClassVar[str]
    rate: ClassVar[Rate | None] = None
    connections: ClassVar[int] = 4  # requests at once
    not_found_means_nothing: ClassVar[bool] = True  # or is 404 a sign of something wrong?
    has_unreadable_records: ClassVar[bool] = False  # or is garbage a sign of something wrong?

    def __init__(self, config: DefaultConfig, tools: Tools, *, timeout: float) -> None:
        """`timeout` is in seconds and covers a whole call: waiting, trying again and reading."""
        self._config = config
        self._clock = tools.clock
        self._timeout = timeout
        rate = self.rate_for(config)
        self._limiter = tools.limiter(self.name, rate) if rate else NullRateLimiter()
        self._breakers: dict[str, Breaker] = {}
        self._observe = tools.observe
        self._connections = self.connections_for(config)
        self._turns = asyncio.Semaphore(self._connections)
        self._agent = user_agent(config)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """Whether the settings hold what it takes to ask this source."""
        return True

    @classmethod
    def rate_for(cls, config: DefaultConfig) -> Rate | None:
        """How often the source may be asked; the class's `rate` unless settings matter."""
        return cls.rate

    @classmethod
    def connections_for(cls, config: DefaultConfig) -> int:
        """Requests this process may have under way; `connections` unless settings matter."""
        return cls.connections

    async def open(self) -> None:
        """Make the session. Nothing is asked yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            headers={"User-Agent": self._agent, "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        read: Callable[[Any], T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        part: str = "",
    ) -> T | None:
        """What `read` makes of the JSON found there; None if the source says there is nothing.

        `part` names what of the source is asked, if it may be down while others are well.
        What `read` cannot make sense of (ValueError, TypeError, LookupError) is no answer. Raises
        `ProviderUnavailable`.
        """

        async def understood(body: bytes) -> T:
            return self._understood(body, lambda text: read(orjson.loads(text)))

        return await self._asked(url, understood, params, headers, part)

    async def get_html(self, url: str, read: Callable[[str], T], *, part: str = "") -> T | None:
        """What `read` makes of the page found there, in a thread: pages are long. See `get`."""

        async def understood(body: bytes) -> T:
            return await asyncio.to_thread(
                self._understood, body, lambda text: read(text.decode(errors="replace"))
            )

        return await self._asked(url, understood, None, {"Accept": "text/html"}, part)

    async def _asked(
        self,
        url: str,
        understood: Callable[[bytes], Awaitable[T]],
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        part: str,
    ) -> T | None:
        breaker = self._breakers.setdefault(
            part, Breaker(self._clock, name=f"{self.name} {part}".strip())
        )
        deadline = self._clock.monotonic() + self._timeout

        async def attempt() -> T | None:
            # Half of the time is the most to wait for a turn: a request that begins when the time
            # is nearly over would fail, and the source would be blamed for it.
            begin_by = (self._clock.monotonic() + deadline) / 2
            # Only who has a turn goes through the breaker, so that those behind learn from it.
            async with self._turn(begin_by - self._clock.monotonic()), breaker:
                await self._limiter.acquire(begin_by - self._clock.monotonic())
                body = await self._body(url, params, headers, deadline)
                if body is None:
                    return None
                if not self.has_unreadable_records:
                    return await understood(body)
            return await understood(body)

        started = self._clock.monotonic()
        result: CallResult = "unavailable"
        try:
            answer = await retried(attempt, clock=self._clock, tries=_TRIES, deadline=deadline)
            result = "nothing" if answer is None else "found"
        finally:
            self._observe(self.name, result, self._clock.monotonic() - started)
        return answer

    @asynccontextmanager
    async def _turn(self, patience: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(patience):
                await self._turns.acquire()
        except TimeoutError:
            raise ProviderUnavailable(
                f"{self.name} has more to do than {self._connections} requests at once get done"
            ) from None
        try:
            yield
        finally:
            self._turns.release()

    async def one_by_one(
        self,
        keys: Sequence[str],
        ask: Mapping[str, Callable[[str], Awaitable[Record | None]]],
    ) -> dict[str, Record | None]:
        """Records of keys like `artist:<mbid>`, each asked for by the function for its kind.

        Those that could not be told are left out; raises `ProviderUnavailable` if none could.
        """

        async def told(key: str) -> Record | None:
            kind, _, mbid = key.partition(":")
            return await ask[kind](mbid)

        said = await asyncio.gather(*map(told, keys), return_exceptions=True)
        records: dict[str, Record | None] = {}
        failure: ProviderUnavailable | None = None
        for key, answer in zip(keys, said, strict=True):
            if isinstance(answer, ProviderUnavailable):
                failure = answer
            elif isinstance(answer, BaseException):
                raise answer
            else:
                records[key] = answer
        if failure is not None and not records:
            raise failure
        return records

    async def _body(
        self,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        deadline: float,
    ) -> bytes | None:
        if self._session is None:
            raise ProviderUnavailable(f"{self.name} has not been opened")
        try:
            async with (
                asyncio.timeout(deadline - self._clock.monotonic()),
                self._session.get(
                    url, params=params, headers=headers, allow_redirects=False
                ) as response,
            ):
                self._judge(response)
                body = await self._bounded(response)
        # Addresses may hold keys, and errors addresses: what they say goes nowhere.
        except TimeoutError:
            raise ProviderUnavailable(
                f"{self.name} did not answer in {self._timeout:g} seconds"
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            cause = error.strerror if isinstance(error, OSError) else None
            raise Transient(
                f"{self.name} cannot be reached: {cause or type(error).__name__}"
            ) from None
        if response.status != _NOT_THERE:
            return body
        if body.lstrip().startswith(b"<"):
            raise ProviderUnavailable(
                f"{self.name} answers with status 404 and a page for humans: is its address right?"
            )
        return None

    def _judge(self, response: aiohttp.ClientResponse) -> None:
        """Raise for every status that is neither an answer nor "not there"."""
        status = response.status
        if status == _OK or (status == _NOT_THERE and self.not_found_means_nothing):
            return
        if status != _TOO_MANY and status < _SERVER_ERROR:
            suspect = "key" if status in _KEY_REFUSED else "address"
            raise ProviderUnavailable(
                f"{self.name} answers with status {status}: is its {suspect} right?"
            )
        wait = retry_after(response.headers.get("Retry-After", ""), self._clock.now())
        if wait is None and status == _TOO_MANY:
            wait = _PAUSE
        if wait is not None:
            self._limiter.pause(wait)
        raise Transient(f"{self.name} answers with status {status}", wait)

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise AnswerTooLong(f"{self.name} answers with more than {_MOST_BYTES} bytes")
        return bytes(body)

    def _understood(self, body: bytes, read: Callable[[bytes], T]) -> T:
        try:
            return read(body)
        except (ValueError, TypeError, LookupError) as error:
            raise ProviderUnavailable(
                f"{self.name} answers with something other than documented: {error}"
            ) from None


def user_agent(config: DefaultConfig) -> str:
    """How we introduce ourselves to everybody; Wikimedia asks for a way to reach the operator."""
    contact = f" ({config.OPERATOR_CONTACT})" if config.OPERATOR_CONTACT else ""
    return f"LidarrMetadataServer/{build.VERSION}{contact}"
