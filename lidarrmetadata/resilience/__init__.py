"""What stands between us and services that are slow, rate limited or down.

Around a call goes, from the outside in: `retried`, a `Breaker`, a `RateLimiter`, the timeout.
"""

from __future__ import annotations

from lidarrmetadata.resilience.breaker import Breaker, BreakerOpen
from lidarrmetadata.resilience.clock import Clock, SystemClock
from lidarrmetadata.resilience.limit import (
    NullRateLimiter,
    Rate,
    RateLimited,
    RateLimiter,
    RedisRateLimiter,
    SimpleRateLimiter,
)
from lidarrmetadata.resilience.retry import Transient, retried

__all__ = [
    "Breaker",
    "BreakerOpen",
    "Clock",
    "NullRateLimiter",
    "Rate",
    "RateLimited",
    "RateLimiter",
    "RedisRateLimiter",
    "SimpleRateLimiter",
    "SystemClock",
    "Transient",
    "retried",
]
