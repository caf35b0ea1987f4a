"""A process that takes slots of a shared limit as fast as it can, and says how many it got.

    python -m tests.resilience.taker URL KEY REQUESTS TRIES

Writes a line when it is ready, starts when it is told to by one, and writes the number.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from redis.asyncio import Redis

from lidarrmetadata.resilience import Rate, RateLimited, RedisRateLimiter, SystemClock


async def main(url: str, key: str, requests: int, tries: int) -> None:
    async with Redis.from_url(url) as redis:
        await redis.ping()
        limiter = RedisRateLimiter(redis, key, Rate(requests, seconds=60), SystemClock())
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        taken = 0
        for _ in range(tries):
            with suppress(RateLimited):
                await limiter.acquire(patience=0)
                taken += 1
        sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
