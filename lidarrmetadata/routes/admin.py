"""Who may make the server look things up anew."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

from quart import request

from lidarrmetadata.errors import Forbidden, Unauthorized
from lidarrmetadata.routes.current import services

if TYPE_CHECKING:
    from quart.wrappers import Request

# Set by proxies. What comes through one is not from this machine, whatever the connection says.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Cf-Connecting-Ip", "Via")
_BEARER = "bearer "


async def authorise() -> None:
    """Let the current request pass if it has the key of `INVALIDATE_APIKEY`.

    Without such a setting, if it comes from this very machine. Else raises `Unauthorized` or
    `Forbidden`.
    """
    key = services().config.INVALIDATE_APIKEY
    if key:
        if not any(_same(given, key) for given in _given(request)):
            raise Unauthorized(
                "this needs the key of the setting INVALIDATE_APIKEY, in the header Authorization "
                "or X-Api-Key"
            )
    elif not _is_local(request):
        raise Forbidden(
            "only the machine the server runs on may ask for this, until the setting "
            "INVALIDATE_APIKEY has a key that others can show"
        )


def _given(asked: Request) -> list[str]:
    authorization = asked.headers.get("Authorization", "")
    if authorization.lower().startswith(_BEARER):
        authorization = authorization[len(_BEARER) :].strip()
    return [authorization, asked.headers.get("X-Api-Key", "")]


def _same(given: str, key: str) -> bool:
    """Whether they are equal, told in a time that does not depend on how much of it is right."""
    return hmac.compare_digest(given.encode(errors="replace"), key.encode())


def _is_local(asked: Request) -> bool:
    """Whether a program on this machine asks, and no web page in a browser on it."""
    if any(name in asked.headers for name in _FORWARDED):
        return False
    origin = asked.headers.get("Origin")
    if origin is not None and origin.partition("//")[2] != asked.host:
        return False
    try:
        return ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return False
