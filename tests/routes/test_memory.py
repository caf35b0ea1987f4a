"""What lies ready is handed out without the application, which here answers as it is told."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.cache.answers import Address, AnswerCache, Kept, Life, Rendered
from lidarrmetadata.routes.memory import FinishedAnswers
from tests.clock import ManualClock

if TYPE_CHECKING:
    from lidarrmetadata.cache.answers import Document

ADA = "/artist/ada"
BODY = b'{"id":"ada"}' * 100
PACKED = gzip.compress(BODY)
HOUR = timedelta(hours=1)


@dataclass
class Reply:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    starts: int = 0


class Application:
    """Answers with `status`; None: it must not be asked."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.asked = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert self.status is not None, f"{scope['type']} {scope.get('path')} went past the memory"
        self.asked += 1
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": self.status, "headers": []})
            await send({"type": "http.response.body", "body": b"from ", "more_body": True})
            await send({"type": "http.response.body", "body": b"behind", "more_body": False})


class Layer:
    """The layer over such an application."""

    def __init__(self) -> None:
        self.application = Application()
        self.answers = AnswerCache(1 << 20)
        self.clock = ManualClock()
        self.renewed: list[tuple[str, str]] = []
        self._layer = FinishedAnswers(
            self.application,
            self.answers,
            self.clock,
            lambda kind, mbid: self.renewed.append((kind, mbid)),
        )

    def keep(self, zipped: bytes | None = PACKED, query: bytes = b"") -> Kept:
        life = Life(self.clock.now() + HOUR, 7200, purged=False)
        rendered = Rendered(BODY, zipped, "tag")
        ada: Document = ("artist", "ada")
        kept = Kept(frozenset({ada}), rendered, life, life.due, renewal=ada)
        self.answers.keep(Address(ADA, query), kept, self.answers.serial)
        return kept

    async def ask(
        self, path: str = ADA, method: str = "GET", query: bytes = b"", **headers: str
    ) -> Reply:
        reply = Reply()

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                reply.starts += 1
                reply.status = message["status"]
                pairs = [(n.decode(), v.decode()) for n, v in message["headers"]]
                reply.headers = dict(pairs)
                assert len(reply.headers) == len(pairs)
            else:
                reply.body += message["body"]

        sent = [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": sent,
        }
        await self._layer(scope, None, send)
        return reply

    async def pass_on(self, scope: dict[str, Any]) -> None:
        await self._layer(scope, None, None)


@pytest.fixture
def layer() -> Layer:
    return Layer()


async def test_what_is_kept_never_enters_the_application(layer: Layer) -> None:
    layer.keep()
    reply = await layer.ask()
    assert (reply.status, reply.body) == (200, BODY)
    assert reply.headers == {
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "vary": "Accept-Encoding",
        "cache-control": "public, s-maxage=3600, max-age=0, stale-if-error=2592000",
        "etag": '"tag"',
    }
    assert layer.answers.outcomes == {"hit": 1}


async def test_the_packed_form_goes_to_those_who_take_it(layer: Layer) -> None:
    layer.keep()
    reply = await layer.ask(accept_encoding="br, gzip")
    assert gzip.decompress(reply.body) == BODY
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["content-length"] == str(len(PACKED))
    assert reply.headers["etag"] == '"tag-gzip"'
    layer.keep(zipped=None)
    reply = await layer.ask(accept_encoding="gzip")
    assert reply.body == BODY
    assert "content-encoding" not in reply.headers


async def test_head_is_answered_with_the_headers_alone(layer: Layer) -> None:
    layer.keep()
    get, head = await layer.ask(), await layer.ask(method="HEAD")
    assert head.headers == get.headers
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    "tags", ['"tag"', '"tag-gzip"', 'W/"tag"', '"a", W/"b" , "tag"', '"a","tag-gzip"', "*", " * "]
)
@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_what_the_client_has_is_not_sent_again(
    layer: Layer, tags: str, encoding: str
) -> None:
    layer.keep()
    reply = await layer.ask(if_none_match=tags, accept_encoding=encoding)
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["etag"] == ('"tag-gzip"' if encoding else '"tag"')
    assert "s-maxage=3600" in reply.headers["cache-control"]
    assert reply.headers["vary"] == "Accept-Encoding"
    assert "content-length" not in reply.headers


@pytest.mark.parametrize("tags", ["", '"other"', "tag", '"xtag"', "W/", '"'])
async def test_what_the_client_has_not_is_sent(layer: Layer, tags: str) -> None:
    layer.keep()
    reply = await layer.ask(if_none_match=tags)
    assert (reply.status, reply.body) == (200, BODY)


async def test_what_is_not_kept_is_the_applications(layer: Layer) -> None:
    layer.keep()
    layer.application.status = 503
    for reply in (
        await layer.ask("/artist/ben"),
        await layer.ask(query=b"primTypes=EP"),
        await layer.ask(method="POST"),
        await layer.ask(method="DELETE"),
    ):
        assert (reply.status, reply.body) == (503, b"from behind")
    for scope_type in ("websocket", "lifespan"):
        await layer.pass_on({"type": scope_type})
    assert layer.application.asked == 6


async def test_seconds_for_shared_caches_run_down_to_the_renewal_and_not_below_zero(
    layer: Layer,
) -> None:
    layer.keep()
    told = []
    for minutes in (0, 20, 39.99, 0.01, 60 * 24):
        await layer.clock.forward(minutes=minutes)
        told.append((await layer.ask()).headers["cache-control"].split(", ")[1])
    assert told == [f"s-maxage={seconds}" for seconds in (3600, 2400, 0, 300, 300)]


async def test_an_old_answer_is_served_and_renewed_once_in_a_while_not_for_each_request(
    layer: Layer,
) -> None:
    kept = layer.keep()
    await layer.clock.forward(minutes=60)
    for _ in range(50):
        assert (await layer.ask("/artist/ADA")).body == kept.rendered.body
    assert layer.renewed == [("artist", "ada")]
    await layer.clock.forward(seconds=3)
    await asyncio.gather(*(layer.ask() for _ in range(50)))
    assert layer.renewed == [("artist", "ada")] * 2
    assert layer.answers.outcomes == {"old": 2, "hit": 98}


async def test_what_has_changed_is_asked_of_the_application(layer: Layer) -> None:
    layer.keep()
    layer.answers.outdate("artist", ["ada"])
    for status in (200, 304, 400, 404):
        layer.application.status = status
        reply = await layer.ask()
        assert (reply.status, reply.body, reply.starts) == (status, b"from behind", 1)
    assert layer.answers.outcomes == {}
    assert layer.renewed == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_what_has_changed_is_served_as_it_was_if_the_application_cannot(
    layer: Layer, status: int
) -> None:
    layer.keep()
    layer.answers.outdate("artist", ["ada"])
    layer.application.status = status
    reply = await layer.ask(accept_encoding="gzip")
    assert (reply.status, reply.starts) == (200, 1)
    assert gzip.decompress(reply.body) == BODY
    assert "s-maxage=0," in reply.headers["cache-control"]
    assert (await layer.ask(if_none_match='"tag"')).status == 304
    assert (await layer.ask(method="HEAD")).body == b""
    assert layer.answers.outcomes == {"rescued": 3}
