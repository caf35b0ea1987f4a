"""Tokens are sent to a Lidarr at home, and to no address that only looks like one."""

from __future__ import annotations

import pytest

from lidarrmetadata.errors import BadRequest
from lidarrmetadata.routes.redirects import parse_return_address

ALLOWED = ["Lidarr.example.org", "203.0.113.9"]


@pytest.mark.parametrize(
    "state",
    [
        "http://192.168.1.5:8686/oauth.html",
        "https://10.0.0.7/oauth.html",
        "http://172.31.255.255:80/lidarr/oauth.html",
        "http://127.0.0.1:8686/oauth.html",
        "http://[::1]:8686/oauth.html",
        "http://[fd12:3456:789a::1]/oauth.html",
        "http://localhost:8686/oauth.html",
        "http://nas/oauth.html",
        "http://NAS:8686/oauth.html",
        "http://my_server-2:8686/lidarr/oauth.html",
        "http://nas.local/oauth.html",
        "http://lidarr.lan:8686/oauth.html",
        "https://lidarr.home.arpa/music/lidarr/oauth.html",
        "http://lidarr.media.internal/oauth.html",
        "https://lidarr.example.org/oauth.html",
        "https://LIDARR.example.org:8443/x/oauth.html",
        "http://203.0.113.9:8686/oauth.html",
    ],
)
def test_private_networks_and_allowed_hosts_are_taken(state: str) -> None:
    assert parse_return_address(state, ALLOWED) == state


HOSTILE = {
    "public host": "https://evil.example/oauth.html",
    "public address": "http://8.8.8.8/oauth.html",
    "public IPv6 address": "http://[2001:4860:4860::8888]/oauth.html",
    "public address in IPv6": "http://[::ffff:8.8.8.8]/oauth.html",
    "address as one number": "http://134744072/oauth.html",
    "address as a hexadecimal number": "http://0x08080808/oauth.html",
    "address in hexadecimal parts": "http://0x8.0x8.0x8.0x8/oauth.html",
    "address in octal": "http://010.010.010.010/oauth.html",
    "private address in octal, public in decimal": "http://012.0.0.1/oauth.html",
    "address of three parts": "http://10.8.8/oauth.html",
    "address with a point behind": "http://134744072./oauth.html",
    "address of five parts": "http://10.0.0.1.8/oauth.html",
    "unspecified address": "http://0.0.0.0/oauth.html",
    "shared address": "http://100.64.0.1/oauth.html",
    "link-local address": "http://169.254.169.254/oauth.html",
    "user info": "http://192.168.1.5@evil.example/oauth.html",
    "user info with password": "http://nas:x@evil.example/oauth.html",
    "user info before a private host": "http://evil.example@192.168.1.5/oauth.html",
    "user info, encoded": "http://192.168.1.5%40evil.example/oauth.html",
    "private name below a public one": "http://nas.local.evil.example/oauth.html",
    "public name that ends alike": "http://evillocal.example/oauth.html",
    "suffix without a point": "http://evil.xlan/oauth.html",
    "private address below a public name": "http://192.168.1.5.evil.example/oauth.html",
    "allowed host below a public name": "https://lidarr.example.org.evil.example/oauth.html",
    "public name below an allowed host's": "https://evil.lidarr.example.org/oauth.html",
    "point behind": "http://evil.example./oauth.html",
    "point behind a label": "http://nas./oauth.html",
    "javascript": "javascript:alert(1)//oauth.html",
    "javascript with slashes": "javascript://192.168.1.5/%0aalert(1)/oauth.html",
    "data": "data:text/html,<script>alert(1)</script>/oauth.html",
    "ftp": "ftp://192.168.1.5/oauth.html",
    "file": "file:///oauth.html",
    "app": "lidarr://192.168.1.5/oauth.html",
    "no scheme": "//192.168.1.5/oauth.html",
    "path alone": "/oauth.html",
    "scheme alone": "http:///oauth.html",
    "one slash": "http:/192.168.1.5/oauth.html",
    "three slashes": "http:///evil.example/oauth.html",
    "backslash before the host": "http:\\\\evil.example/oauth.html",
    "backslash behind the host": "http://evil.example\\.local/oauth.html",
    "backslash in the path": "http://192.168.1.5/\\evil.example/oauth.html",
    "backslash and user info": "http://evil.example\\@192.168.1.5/oauth.html",
    "CR LF in the path": "http://192.168.1.5/\r\nSet-Cookie: a=b/oauth.html",
    "CR LF behind": "http://192.168.1.5/oauth.html\r\nLocation: https://evil.example",
    "LF behind": "http://192.168.1.5/oauth.html\n",
    "LF in the host": "http://evil.example\n.local/oauth.html",
    "tab in the host": "http://evil.exam\tple.local/oauth.html",
    "encoded CR LF": "http://192.168.1.5/%0d%0aX/oauth.html",
    "NUL": "http://192.168.1.5\0.evil.example/oauth.html",
    "query": "http://192.168.1.5/oauth.html?x=1",
    "query that hides the path": "http://192.168.1.5/x?y=/oauth.html",
    "empty query": "http://192.168.1.5/oauth.html?",
    "query behind a public host": "https://evil.example?.local/oauth.html",
    "fragment": "http://192.168.1.5/oauth.html#x",
    "fragment that hides the path": "http://192.168.1.5/#/oauth.html",
    "fragment behind a public host": "https://evil.example#.local/oauth.html",
    "another page": "http://192.168.1.5/other.html",
    "page that ends alike": "http://192.168.1.5/myoauth.html",
    "no page": "http://192.168.1.5",
    "page in upper case": "http://192.168.1.5/OAUTH.HTML",
    "encoded page": "http://192.168.1.5/oauth%2Ehtml",
    "full-width host": "http://ｅｖｉｌ．example/oauth.html",
    "full-width digits": "http://１３４７４４０７２/oauth.html",
    "ideographic full stop": "http://evil。example/oauth.html",
    "sign that becomes a slash": "http://evil.example／.local/oauth.html",
    "fraction sign": "http://evil.example⁄.local/oauth.html",
    "Cyrillic label": "http://паs/oauth.html",
    "port that is none": "http://192.168.1.5:70000/oauth.html",
    "port 0": "http://192.168.1.5:0/oauth.html",
    "empty port": "http://192.168.1.5:/oauth.html",
    "port and user info": "http://192.168.1.5:80@evil.example/oauth.html",
    "bracket trick": "http://[::1]evil.example/oauth.html",
    "name in brackets": "http://[evil.example]/oauth.html",
    "IPv6 zone": "http://[fe80::1%25eth0]/oauth.html",
    "space in front": " http://192.168.1.5/oauth.html",
    "space in the host": "http://192.168.1.5 .evil.example/oauth.html",
    "empty": "",
    "60 kB": "http://192.168.1.5/" + "a" * 60_000 + "/oauth.html",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_else_is_taken(name: str) -> None:
    with pytest.raises(BadRequest):
        parse_return_address(HOSTILE[name], ALLOWED)


def test_without_allowed_hosts_there_are_none() -> None:
    with pytest.raises(BadRequest, match="SPOTIFY_REDIRECT_HOSTS"):
        parse_return_address("https://lidarr.example.org/oauth.html", [])
