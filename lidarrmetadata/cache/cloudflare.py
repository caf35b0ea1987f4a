"""Has Cloudflare forget answers that have changed. What fails is kept, told, and tried again."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.cache.zone import EVERYTHING, MOST_URLS, CloudflareZone, NotPurged, Rejected
from lidarrmetadata.resilience.retry import RANDOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from lidarrmetadata.cache.purges import Claim, PurgeBook
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.resilience.clock import Clock

log = logging.getLogger(__name__)

# The prefix of Lidarr's own server, which its address ends in (`routes/paths.py` takes it off).
_OFFICIAL_PREFIX = "/api/v0.4"

_TOLD_AFTER = 5  # tries
_FIRST_PAUSE = 1.0  # seconds
_LONGEST_PAUSE = 300.0  # seconds
_LOOK_AGAIN = 30.0  # seconds after which what others left, or what was put off, is noticed
_BOOK_PAUSE = 5.0  # seconds to wait for the book when it is unavailable
# To find one bad address among thirty takes eleven calls. A batch that takes more is wrong
# altogether, or will go on being taken apart the next time.
_CALLS_A_BATCH = 12
# 2 ** 10 seconds are longer than the longest pause, and larger powers are too large for a float.
_MOST_DOUBLINGS = 10


def addresses(public_url: str, kind: str, mbid: str) -> list[str]:
    """The addresses under which clients have the answer about one `artist` or `album`."""
    base = public_url.rstrip("/")
    return [f"{base}{prefix}/{kind}/{mbid}" for prefix in ("", _OFFICIAL_PREFIX)]


class CloudflarePurger:
    """Purges in the background what it is told to, thirty addresses a call, one call at a time.

    After a failure it waits, as long as Cloudflare asks for, else ever longer; a batch that has
    failed five times is named in the log, makes way for the others and comes again every few
    minutes. `agent` is the User-Agent, `timeout` the seconds a call may take.
    """

    def __init__(
        self,
        config: DefaultConfig,
        book: PurgeBook,
        clock: Clock,
        *,
        agent: str,
        timeout: float = 10.0,
        random: Random = RANDOM,
    ) -> None:
        self._zone = CloudflareZone(config, clock, agent=agent, timeout=timeout)
        self._book = book
        self._clock = clock
        self._random = random
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._failures = 0
        self._book_is_away = False
        self.results: Counter[str] = Counter()
        """Addresses so far that were `purged`, `failed` (named in the log after the fifth try, and
        still tried) and `lost` (for want of a database to keep them in)."""

    @staticmethod
    def enabled(config: DefaultConfig) -> bool:
        """Whether the settings say what to purge, where, and with which token."""
        return bool(config.CLOUDFLARE_ZONE_ID and config.CLOUDFLARE_API_TOKEN and config.PUBLIC_URL)

    async def open(self) -> None:
        """Begin, with what an earlier process left."""
        await self._zone.open()
        self._tasks = [asyncio.create_task(self._drain()), asyncio.create_task(self._look_again())]

    async def close(self) -> None:
        """Stop at once. What ends with this process is named in the log."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        await self._zone.close()
        self._lose(await self._book.close(), "the server stopped before they were purged")

    async def purge(self, urls: Iterable[str]) -> None:
        """Have addresses purged soon. Raises CacheUnavailable: then call again with all of them."""
        self._lose(await self._book.ask(urls), "too many are waiting for Cloudflare already")
        self._woken.set()

    async def purge_everything(self) -> None:
        """Have the whole zone purged soon. Raises CacheUnavailable: then call again."""
        await self.purge([EVERYTHING])

    async def waiting(self) -> int:
        """How many addresses have yet to be purged. Raises CacheUnavailable."""
        return await self._book.waiting()

    async def _look_again(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_AGAIN)
            self._woken.set()

    async def _drain(self) -> None:
        while True:
            try:
                pause = await self._next_batch()
            except CacheUnavailable as error:
                if not self._book_is_away:
                    log.warning("event=purge_book_unavailable cause=%r", str(error))
                self._book_is_away = True
                pause = _BOOK_PAUSE
            except Exception:  # whatever it is, purging goes on
                log.exception("event=purge_crashed")
                pause = _LONGEST_PAUSE
            if pause:
                await self._clock.sleep(pause)

    async def _next_batch(self) -> float:
        """Purge what is due, or wait until something may be. Returns seconds to leave it alone."""
        self._woken.clear()
        claims = await self._book.claim(MOST_URLS)
        if self._book_is_away:
            self._book_is_away = False
            log.info("event=purge_book_available")
        if claims:
            return await self._purge(claims)
        await self._woken.wait()
        return 0.0

    async def _purge(self, claims: list[Claim]) -> float:
        """Purge a batch, taking it apart if it is rejected. Returns seconds to wait afterwards."""
        parts = [claims]
        any_purged = False
        for _ in range(_CALLS_A_BATCH):
            part = parts.pop()
            try:
                await self._zone.purge([claim.url for claim in part])
            except Rejected as error:
                rejection = error
                half = len(part) // 2
                if half:
                    parts += [part[half:], part[:half]]
                else:
                    await self._put_off(part, error)
            except NotPurged as error:
                return await self._failed([*part, *chain(*parts)], error)
            else:
                any_purged = True
                await self._succeeded(part)
            if not parts:
                break
        left = list(chain(*parts))
        if any_purged or len(claims) == 1:
            await self._book.put_back(left)
            return 0.0
        return await self._failed(left, rejection)

    async def _succeeded(self, claims: Sequence[Claim]) -> None:
        if self._failures:
            log.info("event=purge_resumed failures=%d", self._failures)
        self._failures = 0
        await self._book.done(claims)
        self.results["purged"] += len(claims)

    async def _failed(self, claims: Sequence[Claim], error: NotPurged) -> float:
        """Keep what could not be purged. Returns the seconds to wait before the next call."""
        self._failures += 1
        if error.asked_wait is None:
            pause = self._back_off(2.0 ** min(self._failures, _MOST_DOUBLINGS) * _FIRST_PAUSE)
        else:
            pause = max(error.asked_wait, _FIRST_PAUSE)
        if self._failures == 1:
            log.warning("event=purge_delayed seconds=%.0f cause=%r", pause, str(error))
        await self._put_off([claim for claim in claims if claim.tries >= _TOLD_AFTER], error)
        await self._book.put_back([claim for claim in claims if claim.tries < _TOLD_AFTER])
        return pause

    async def _put_off(self, claims: Sequence[Claim], error: NotPurged) -> None:
        """Have others go first for a few minutes."""
        if told := [claim.url for claim in claims if claim.tries == _TOLD_AFTER]:
            self.results["failed"] += len(told)
            log.warning(
                "event=purge_failing tries=%d urls=%r cause=%r cure=%r",
                _TOLD_AFTER,
                " ".join(told),
                str(error),
                "they are tried again every few minutes; until then Cloudflare serves what it has",
            )
        await self._book.put_off(claims, self._back_off(_LONGEST_PAUSE))

    def _back_off(self, seconds: float) -> float:
        """Up to half less, so that processes that failed together do not come back together."""
        return min(seconds, _LONGEST_PAUSE) * self._random.uniform(0.5, 1)

    def _lose(self, urls: Sequence[str], cause: str) -> None:
        self.results["lost"] += len(urls)
        for begin in range(0, len(urls), MOST_URLS):
            named = " ".join(urls[begin : begin + MOST_URLS])
            log.error("event=purge_lost urls=%r cause=%r", named, cause)
