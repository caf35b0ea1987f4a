"""Where tokens of Spotify's users may be sent: to a Lidarr at home, and to nobody else.

The address comes with the request, so anybody can write one and have somebody click on it. What is
taken is therefore not what looks harmless, but only what is written in the one plain way: browsers
read many spellings as hosts of which no parser here would think.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from lidarrmetadata.errors import BadRequest
from lidarrmetadata.routes.parameters import shortened

if TYPE_CHECKING:
    from collections.abc import Collection

_LONGEST = 500
_PAGE = "/oauth.html"
# No user info, no query, no fragment, no backslash, no percent sign, nothing that is not ASCII.
_ADDRESS = re.compile(
    r"https?://(?P<host>[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?P<port>:[0-9]{1,5})?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]*)+)"
)
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
# What browsers read as a number, and a host that ends in one as an address: 134744072 is 8.8.8.8
# (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
_LAST_PORT = 65535
# RFC 1918, RFC 4193, loopback. Link-local and shared addresses are those of neighbours as well.
_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1")
)
# RFC 6761, 6762 with its appendix G, and 8375: names that are nobody's in the public DNS.
_PRIVATE_SUFFIXES = (
    *(".localhost", ".localdomain", ".local", ".home.arpa", ".lan", ".home"),
    *(".internal", ".intranet", ".private", ".corp"),
)


def parse_return_address(state: str, allowed: Collection[str]) -> str:
    """The address of a Lidarr's `oauth.html`, in a private network or on an `allowed` host.

    Raises `BadRequest`.
    """
    found = _ADDRESS.fullmatch(state) if len(state) <= _LONGEST else None
    if found is None or not found["path"].endswith(_PAGE):
        raise BadRequest(
            f"state={shortened(state)!r} is not the address of a Lidarr's {_PAGE}, as in "
            f"http://192.168.1.5:8686{_PAGE}"
        )
    if found["port"] and not 1 <= int(found["port"][1:]) <= _LAST_PORT:
        raise BadRequest(f"state={shortened(state)!r} has a port that is none")
    host = found["host"].lower()
    if host not in {name.lower() for name in allowed} and not is_private(host):
        raise BadRequest(
            f"{shortened(host)!r} is no host of a private network: whoever runs this server can "
            "allow it in the setting SPOTIFY_REDIRECT_HOSTS"
        )
    return state


def is_private(host: str) -> bool:
    """Whether a host, in lower case, is one that only a private network can mean.

    An address of one, a name of a single label, or one below a suffix for private use.
    """
    if host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _is_private_address(host.removeprefix("[").removesuffix("]"))
    if not _NAME.fullmatch(host):
        return False
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def _is_private_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in block for block in _PRIVATE)
