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
_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip", "cf-connecting-ip", "true-client-ip", "via")
# What a browser says of a request that no page of another site has caused.
_OWN_SITES = ("same-origin", "none")
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
    # Headers are read as Latin-1, and sent as UTF-8.
    return hmac.compare_digest(given.encode("latin-1", errors="replace"), key.encode())


def _is_local(asked: Request) -> bool:
    """Whether a program on this machine asks, and no web page in a browser on it."""
    if any(name.lower().startswith(_FORWARDED) for name, _ in asked.headers):
        return False
    if asked.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        return False
    origin = asked.headers.get("Origin")
    if origin is not None and origin.partition("//")[2] != asked.host:
        return False
    try:
        address = ipaddress.ip_address(asked.remote_addr or "")
    except ValueError:
        return False
    # A server that listens at IPv6 sees IPv4 clients as ::ffff:127.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
