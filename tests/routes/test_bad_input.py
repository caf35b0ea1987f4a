"""Whatever is sent to it, the real server answers with what Lidarr can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving import Serving, data_folder, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Answer

BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
NEVERMIND = "1b022e01-4da6-387b-8658-8678046e4cef"
CATALOGUE = [f"/artist/{BEATLES}", f"/album/{NEVERMIND}"]

NO_IDS = {
    "no dashes": BEATLES.replace("-", ""),
    "braces": f"{{{BEATLES}}}",
    "encoded braces": f"%7B{BEATLES}%7D",
    "urn": f"urn:uuid:{BEATLES}",
    "hexadecimal": "0x" + BEATLES.replace("-", ""),
    "full-width digits": BEATLES.replace("1", "%EF%BC%91"),
    "space before": f"%20{BEATLES}",
    "space behind": f"{BEATLES}%20",
    "plus behind": f"{BEATLES}+",
    "line break": f"{BEATLES}%0A",
    "header": f"{BEATLES}%0D%0AX-Injected:%20yes",
    "nul": f"{BEATLES}%00",
    "lone nul": "%00",
    "8 kB": "a" * 8_000,
    "60 kB": "a" * 60_000,
    "60 kB of dashes": "-" * 60_000,
    "invalid UTF-8": "%FF",
    "half a surrogate": "%ED%A0%80",
    "invalid encoding": "%zz",
    "parent folder": "..",
    "encoded parent folder": "%2e%2e",
    "encoded slash": f"{BEATLES}%2F",
    "encoded slash and more": f"..%2F..%2F{BEATLES}",
    "matrix": f"{BEATLES};x=1",
    "fragment": f"{BEATLES}#x",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E".replace("/", "%2F"),
    "sql": "'%20OR%201=1--",
    "emoji": "%F0%9F%8E%B5",
}

ODD_QUERIES = {
    "empty": "",
    "empty value": "primTypes=",
    "no value": "primTypes",
    "invalid UTF-8": "primTypes=%FF&secTypes=%FF&releaseStatuses=%FF",
    "repeated": "primTypes=Album&primTypes=EP&primTypes=",
    "nul": "primTypes=%00",
    "invalid encoding": "primTypes=%zz%",
    "only bars": "primTypes=||||",
    "no names": "&&==&=x&",
    "60 kB": f"primTypes={'a' * 60_000}",
    "60 kB of bars": f"secTypes={'|' * 60_000}",
    "20000 parameters": "a=1&" * 20_000,
    "unknown": "format=html&callback=alert",
}

BROKEN_REQUESTS = {
    "garbage": b"GARBAGE\r\n\r\n",
    "raw invalid UTF-8": b"GET /artist/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw UTF-8": "GET /artist/海 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "raw space": b"GET /artist/a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw nul": b"GET /artist/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "negative length": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with data_folder() as folder, serving(folder) as started:
        yield started.ready()
        assert "Traceback" not in started.log
        assert started.terminate() == 0


def assert_error(answer: Answer, status: int) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.body) < 1000
    assert list(answer.document) == ["error"]
    assert "x-injected" not in answer.headers


@pytest.mark.parametrize("kind", ["artist", "album"])
@pytest.mark.parametrize("spelling", NO_IDS.values(), ids=NO_IDS)
def test_what_is_no_id_is_400(server: Serving, kind: str, spelling: str) -> None:
    assert_error(server.get(f"/{kind}/{spelling}"), 400)


@pytest.mark.parametrize("path", CATALOGUE)
def test_an_id_in_capitals_gets_the_same_bytes(server: Serving, path: str) -> None:
    folder, mbid = path.rsplit("/", 1)
    for encoding in ("identity", "gzip"):
        small = server.get(path, accept_encoding=encoding)
        capital = server.get(f"{folder}/{mbid.upper()}", accept_encoding=encoding)
        assert capital.status == 200
        assert capital.body == small.body
        assert capital.headers["etag"] == small.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/artist",
        "/artist/",
        "/artist/../album",
        f"/artist/{BEATLES}/x",
        f"/artist%2F{BEATLES}",
        "/favicon.ico",
        "/static/../../etc/passwd",
        "/%",
        "/%FF",
        "/%00",
        "/%5Cartist",
        "*",
        "/" + "a" * 120_000,
    ],
)
def test_an_unknown_address_is_404(server: Serving, path: str) -> None:
    assert_error(server.get(path), 404)


@pytest.mark.parametrize("query", ODD_QUERIES.values(), ids=ODD_QUERIES)
@pytest.mark.parametrize("path", ["/", *CATALOGUE])
def test_an_odd_query_gets_the_document(server: Serving, path: str, query: str) -> None:
    answer = server.get(f"{path}?{query}")
    assert answer.status == 200
    assert isinstance(answer.document, dict)


@pytest.mark.parametrize("query", ["", "primTypes=", "primTypes=&secTypes=&releaseStatuses="])
def test_a_filter_that_names_nothing_hides_no_album(server: Serving, query: str) -> None:
    everything = server.get(CATALOGUE[0]).body
    assert server.get(f"{CATALOGUE[0]}?{query}").body == everything


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_wrong_method_is_405(server: Serving, method: str) -> None:
    for path in ("/", *CATALOGUE):
        answer = server.get(path, method)
        assert_error(answer, 405)
        assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))


def test_a_body_nobody_asked_for_is_ignored(server: Serving) -> None:
    assert server.get(CATALOGUE[0], content_length="0").status == 200
    request = f"GET {CATALOGUE[0]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4"
    assert server.send(f"{request}\r\n\r\nbody".encode()).status == 200


def test_an_address_with_the_host_in_it_is_the_same(server: Serving) -> None:
    answer = server.get(f"http://localhost{CATALOGUE[0]}")
    assert answer.body == server.get(CATALOGUE[0]).body


@pytest.mark.parametrize("request_", BROKEN_REQUESTS.values(), ids=BROKEN_REQUESTS)
def test_what_is_not_http_is_400_without_a_body(server: Serving, request_: bytes) -> None:
    """Hypercorn answers these by itself, and has no setting for it. Lidarr takes an empty body."""
    answer = server.send(request_)
    assert answer.status == 400
    assert answer.body == b""
    assert "content-type" not in answer.headers


def test_a_request_without_end_is_431_without_a_body(server: Serving) -> None:
    answer = server.send(b"GET /" + b"a" * 131_100)
    assert answer.status == 431
    assert answer.body == b""
