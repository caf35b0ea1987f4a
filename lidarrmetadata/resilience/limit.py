"""Never more requests than a service allows: by nobody, by this process, by all processes."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import uuid
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from redis.exceptions import RedisError

from lidarrmetadata.errors import ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from redis.asyncio import Redis

    from lidarrmetadata.resilience.clock import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

NAMESPACE = "lm3.7:limit:"
MICROSECONDS = 1_000_000  # in a second
REDIS_SECONDS = 0.5  # the longest wait for an answer of Redis
REDIS_RETRY_SECONDS = 30.0  # how long Redis is left alone after it failed

# KEYS: slots taken (sorted set: id, µs when), pause (its lifetime is what counts)
# ARGV: requests, µs they are for, waiters ahead, id of the slot, µs the caller has to wait anyway
# Returns {µs until the slot of who has that many ahead, slots left}; 0 µs: the slot is taken.
# Numbers go back to Redis through %.0f, as Lua itself writes only 14 digits of them.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests, span, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - span))
-- Slots of the future mean that the server's clock was put back: nobody shall wait for that long.
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + span), '+inf')
local free = requests - redis.call('ZCARD', KEYS[1])
local place = ahead % requests
local wait = math.max(0, redis.call('PTTL', KEYS[2]) * 1000)
if place >= free then
  local before = redis.call('ZRANGE', KEYS[1], place - free, place - free, 'WITHSCORES')
  wait = math.max(wait, before[2] + span - now)
end
wait = math.max(wait + math.floor(ahead / requests) * span, tonumber(ARGV[5]))
if wait == 0 then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
  free = free - 1
end
return {wait, free}
"""

# KEYS: pause; ARGV: ms. A pause is never cut short by a later, shorter one.
PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
end
"""


@dataclass(frozen=True)
class Rate:
    """At most `requests` in any `seconds`. Raises ValueError if that allows none at all."""

    requests: int
    seconds: float

    def __post_init__(self) -> None:
        if self.requests < 1 or self.seconds <= 0:
            raise ValueError(f"{self} allows nothing: both must be above zero, requests whole")


class RateLimited(ProviderUnavailable):
    """No slot within the caller's patience. The service itself was not asked."""


class RateLimiter(Protocol):
    """Hands out slots; who has one may send one request."""

    async def acquire(self, patience: float) -> None:
        """Take a slot, first come first served, waiting up to `patience` seconds for it.

        Raises RateLimited, its `retry_after` the seconds until a slot, as soon as it is known that
        waiting is in vain. Cancelled callers take no slot.
        """

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for `seconds`: the service has sent Retry-After."""

    def remaining(self) -> int:
        """How many slots are free now."""


class NullRateLimiter:
    """For services of our own: no limit, no pause."""

    async def acquire(self, patience: float) -> None:
        """Take a slot; there always is one."""

    def pause(self, seconds: float) -> None:
        """Do nothing."""

    def remaining(self) -> int:
        """The greatest number there is."""
        return sys.maxsize


class SimpleRateLimiter:
    """The rate kept by this process alone."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=rate.requests)
        self._paused_until = -math.inf
        # Who waits, in order, each by the event that tells it to look at the clock again.
        self._line: list[asyncio.Event] = []
        self._asking = asyncio.Lock()

    async def acquire(self, patience: float) -> None:
        """Take a slot; see RateLimiter."""
        deadline = self._clock.monotonic() + patience
        moved = asyncio.Event()
        try:
            while True:
                async with self._asking:
                    moved.clear()
                    ahead = self._ahead_of(moved)
                    wait = await self._take(ahead)
                    if wait <= 0:
                        return
                    patience_left = deadline - self._clock.monotonic()
                    if wait > patience_left:
                        raise self._refusal(wait)
                    if moved not in self._line:
                        self._line.append(moved)
                if self._ahead_of(moved) == ahead:
                    # Those further back are told when it is their turn, if not in time, they leave.
                    await self._rest(moved, patience_left if ahead else wait)
        finally:
            self._leave(moved)

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for `seconds`; a shorter pause does not end a longer one."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        for moved in self._line:
            moved.set()

    def remaining(self) -> int:
        """How many slots are free now."""
        now = self._clock.monotonic()
        if now < self._paused_until:
            return 0
        recent = sum(1 for at in self._taken if at > now - self._rate.seconds)
        return self._rate.requests - recent

    async def _take(self, ahead: int) -> float:
        """Take a slot if there is one even for those `ahead`: 0. Else the seconds until then."""
        wait = self._wait(ahead)
        if wait <= 0:
            self._taken.append(self._clock.monotonic())
        return wait

    def _wait(self, ahead: int) -> float:
        now = self._clock.monotonic()
        rounds, place = divmod(ahead, self._rate.requests)
        never_taken = self._rate.requests - len(self._taken)
        wait = self._paused_until - now
        if place >= never_taken:
            wait = max(wait, self._taken[place - never_taken] + self._rate.seconds - now)
        return max(wait, 0.0) + rounds * self._rate.seconds

    def _ahead_of(self, moved: asyncio.Event) -> int:
        return self._line.index(moved) if moved in self._line else len(self._line)

    async def _rest(self, moved: asyncio.Event, seconds: float) -> None:
        def ring(_: asyncio.Task[None]) -> None:
            moved.set()

        alarm = asyncio.create_task(self._clock.sleep(seconds))
        alarm.add_done_callback(ring)
        try:
            await moved.wait()
        finally:
            alarm.remove_done_callback(ring)  # or switching it off would ring, for ever
            alarm.cancel()

    def _leave(self, moved: asyncio.Event) -> None:
        if moved in self._line:
            self._line.remove(moved)
            self._wake_first()

    def _wake_first(self) -> None:
        if self._line:
            self._line[0].set()

    def _refusal(self, wait: float) -> RateLimited:
        return RateLimited(
            f"No request may go out for another {wait:.1f} s: the limit of {self._rate.requests} "
            f"in {self._rate.seconds:g} s is used up, or the service asked for a pause.",
            max(1, math.ceil(wait)),
        )


class RedisRateLimiter(SimpleRateLimiter):
    """The rate kept by all processes that share a Redis server and a `key`, by its clock.

    In each process it is first come first served; between them, the first to ask for a slot that
    comes free gets it. This process also keeps the rate for itself, whatever Redis says: when Redis
    is away or has forgotten everything, that rule stays. An answer of Redis is waited for half a
    second at most, on top of the caller's patience.
    """

    def __init__(self, redis: Redis, key: str, rate: Rate, clock: Clock) -> None:
        super().__init__(rate, clock)
        self._redis = redis
        self._key = key
        # In braces: both keys must be on the same node of a cluster.
        self._slots_key = f"{NAMESPACE}{{{key}}}"
        self._pause_key = f"{NAMESPACE}{{{key}}}:pause"
        self._take_script = redis.register_script(TAKE)
        self._pause_script = redis.register_script(PAUSE)
        self._away = False
        self._away_until = -math.inf
        self._free = rate.requests
        self._free_known_until = -math.inf
        self._in_background: set[asyncio.Task[None]] = set()

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for `seconds`, in any process. Needs a running event loop."""
        super().pause(seconds)
        if seconds > 0:
            self._start(self._share_pause(seconds))

    def remaining(self) -> int:
        """How many slots are free, as far as this process has heard."""
        own = super().remaining()
        known = self._clock.monotonic() < self._free_known_until
        return min(own, self._free) if known else own

    async def aclose(self) -> None:
        """Wait until Redis knows of pauses and slots given back; call before closing its client."""
        while self._in_background:
            await asyncio.gather(*self._in_background)

    async def _take(self, ahead: int) -> float:
        if self._clock.monotonic() < self._away_until:
            return await super()._take(ahead)
        slot = uuid.uuid4().hex
        asking = asyncio.create_task(self._ask(ahead, slot))
        try:
            wait = await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._start(self._give_back(asking, slot))
            raise
        if wait is None:
            return await super()._take(ahead)
        if wait <= 0:
            self._taken.append(self._clock.monotonic())
        return wait

    async def _ask(self, ahead: int, slot: str) -> float | None:
        """Like `_take`, at Redis; None if there is no answer."""
        span = self._rate.seconds * MICROSECONDS
        own_wait = self._wait(ahead) * MICROSECONDS
        answer = await self._answer(
            self._take_script(
                keys=[self._slots_key, self._pause_key],
                args=[self._rate.requests, round(span), ahead, slot, math.ceil(own_wait)],
            )
        )
        if answer is None:
            return None
        wait, free = answer
        self._free = max(0, free)
        self._free_known_until = self._clock.monotonic() + self._rate.seconds
        return float(wait) / MICROSECONDS

    async def _give_back(self, asking: asyncio.Task[float | None], slot: str) -> None:
        await asking  # a slot given back before it is taken would stay taken
        await self._answer(self._redis.zrem(self._slots_key, slot))
        self._wake_first()

    async def _share_pause(self, seconds: float) -> None:
        milliseconds = math.ceil(seconds * 1000)
        await self._answer(self._pause_script(keys=[self._pause_key], args=[milliseconds]))

    async def _answer(self, call: Awaitable[T]) -> T | None:
        """What Redis answers, None if it does not."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                answer = await call
        except (RedisError, OSError) as error:  # of which TimeoutError is one
            self._away_until = self._clock.monotonic() + REDIS_RETRY_SECONDS
            if not self._away:
                log.warning(
                    "event=limit_on_its_own key=%s error=%s message=%r cure=%r",
                    self._key,
                    type(error).__name__,
                    str(error),
                    "Start Redis or mend redis_url: until then each process counts for itself.",
                )
            self._away = True
            return None
        if self._away:
            log.info("event=limit_shared_again key=%s", self._key)
        self._away = False
        return answer

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._in_background.add(task)
        task.add_done_callback(self._in_background.discard)
