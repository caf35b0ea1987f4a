"""Where the token is kept that Spotify has given this app: it holds for an hour."""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import Any

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from spotipy.cache_handler import CacheHandler

_REDIS_SECONDS = 0.5  # for the connection, and for an answer
_REDIS_KEY = "lm3.7:spotify:token:"
_NEARLY_OVER = 60  # seconds; spotipy does not use what is this near its end


class TokenCache(CacheHandler):  # type: ignore[misc]
    """Where the token of the app is: in this process, and in Redis for the others, if there is one.

    A Redis that is away is as good as none.
    """

    def __init__(self, redis_url: str, owner: str) -> None:
        """`owner` is whose token it is; only a digest of it goes into the key."""
        self._token: dict[str, Any] | None = None
        self._key = _REDIS_KEY + blake2b(owner.encode(), digest_size=8).hexdigest()
        self._redis: Redis | None = None
        if redis_url:
            self._redis = Redis.from_url(
                redis_url,
                socket_connect_timeout=_REDIS_SECONDS,
                socket_timeout=_REDIS_SECONDS,
                retry=Retry(NoBackoff(), 0),
                driver_info=None,
            )

    def get_cached_token(self) -> dict[str, Any] | None:
        """The token, unless it is over."""
        if not _is_fresh(self._token):
            self._token = self._shared()
        return self._token

    def save_token_to_cache(self, token: dict[str, Any]) -> None:
        """Keep a token for as long as it is one."""
        self._token = token
        left = round(token["expires_at"] - time.time())
        if self._redis is None or left <= 0:
            return
        try:
            self._redis.set(self._key, orjson.dumps(token), ex=left)
        except (RedisError, OSError):
            return

    def forget(self) -> None:
        """Spotify does not take it any more."""
        self._token = None
        if self._redis is None:
            return
        try:
            self._redis.delete(self._key)
        except (RedisError, OSError):
            return

    def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            self._redis.close()

    def _shared(self) -> dict[str, Any] | None:
        if self._redis is None:
            return None
        try:
            found = orjson.loads(self._redis.get(self._key) or b"null")
        except (RedisError, OSError, orjson.JSONDecodeError):
            return None
        return found if _is_fresh(found) else None


def _is_fresh(token: Any) -> bool:  # noqa: ANN401  JSON that others may have written
    if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
        return False
    until = token.get("expires_at")
    return isinstance(until, int | float) and until - time.time() > _NEARLY_OVER
