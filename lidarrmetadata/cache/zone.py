"""Cloudflare's word to forget answers, https://developers.cloudflare.com/api/ (purge_cache)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import orjson

from lidarrmetadata.resilience.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.resilience.clock import Clock

MOST_URLS = 30
"""Addresses a call may hold."""

EVERYTHING = "*"
"""Stands for every address of the zone."""

_MOST_BYTES = 256 * 1024  # of an answer; the longest documented is a thousandth of that
_MOST_SAID = 300  # characters of an answer that are worth repeating
_OK = 200
_BAD_REQUEST = 400
_TOKEN_REFUSED = (401, 403)


class NotPurged(Exception):
    """Cloudflare did not do as asked, or did not say that it has. The message says why.

    `asked_wait` is what it said in Retry-After, in seconds, an hour at most; None if it did not.
    """

    def __init__(self, message: str, asked_wait: float | None = None) -> None:
        super().__init__(message)
        self.asked_wait = asked_wait


class Rejected(NotPurged):
    """Cloudflare takes offence at the request itself: one of the addresses may be to blame."""


class CloudflareZone:
    """One zone and the token that may purge it. `timeout` is in seconds and covers a whole call."""

    def __init__(
        self, config: DefaultConfig, clock: Clock, *, agent: str, timeout: float = 10.0
    ) -> None:
        zone = quote(config.CLOUDFLARE_ZONE_ID, safe="")
        self._address = f"{config.CLOUDFLARE_URL.rstrip('/')}/zones/{zone}/purge_cache"
        self._token = config.CLOUDFLARE_API_TOKEN
        self._clock = clock
        self._agent = agent
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the session. Nothing is asked yet."""
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": self._agent, "Authorization": f"Bearer {self._token}"},
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def purge(self, urls: Sequence[str]) -> None:
        """Return when Cloudflare says that it has forgotten these; at most MOST_URLS.

        With EVERYTHING among them it is to forget the whole zone. Raises NotPurged for everything
        else that it says.
        """
        if self._session is None:
            raise NotPurged("Cloudflare's zone has not been opened")
        what = {"purge_everything": True} if EVERYTHING in urls else {"files": list(urls)}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._session.post(self._address, json=what, allow_redirects=False) as response,
            ):
                body = await _bounded(response)
        except TimeoutError:
            raise NotPurged(f"Cloudflare did not answer in {self._timeout:g} seconds") from None
        except (aiohttp.ClientError, OSError) as error:
            cause = error.strerror if isinstance(error, OSError) else None
            raise NotPurged(
                f"Cloudflare cannot be reached: {cause or type(error).__name__}"
            ) from None
        self._judge(response, body)

    def _judge(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        answer = _read(body)
        if response.status == _OK:
            if answer is None:
                raise NotPurged("Cloudflare answers with something other than documented")
            if answer.get("success") is True:
                return
            raise NotPurged(f"Cloudflare did not purge{self._said(answer)}")
        problem = f"Cloudflare answers with status {response.status}{self._said(answer)}"
        if response.status == _BAD_REQUEST:
            raise Rejected(problem)
        if response.status in _TOKEN_REFUSED:
            problem += ": is CLOUDFLARE_API_TOKEN right, with the permission Cache Purge?"
        header = response.headers.get("Retry-After", "")
        raise NotPurged(problem, retry_after(header, self._clock.now()))

    def _said(self, answer: dict[str, Any] | None) -> str:
        """The errors in an answer, ready to follow. It may repeat what it was sent: no token."""
        if not answer or not answer.get("errors"):
            return ""
        said = orjson.dumps(answer["errors"]).decode()
        return f" ({said.replace(self._token, '…')[:_MOST_SAID]})"


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise NotPurged(f"Cloudflare answers with more than {_MOST_BYTES} bytes")
    return bytes(body)


def _read(body: bytes) -> dict[str, Any] | None:
    """The object that an answer is; None if it is none."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None
