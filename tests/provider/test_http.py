from __future__ import annotations

import asyncio
import logging
import socket
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from lidarrmetadata import build
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.fanart import FanArtTvProvider
from lidarrmetadata.provider.theaudiodb import TheAudioDbProvider
from lidarrmetadata.provider.wikimedia.provider import WikipediaProvider
from lidarrmetadata.resilience import BreakerOpen, RateLimited
from tests.clock import ManualClock
from tests.internet.fanart import API_KEY
from tests.internet.theaudiodb import PREMIUM_KEY
from tests.provider.conftest import UNAVAILABLE, item_key, told

if TYPE_CHECKING:
    from lidarrmetadata.provider.http import HttpProvider
    from tests.internet import Internet, Service
    from tests.provider.conftest import Source

ARTIST = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
ALBUM = "1b022e01-4da6-387b-8658-8678046e4cef"
ITEM = "Q11649"
BODY_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True)
class Asked:
    """One kind of request: `service` gets it when `kind` is asked for `key`."""

    kind: type[HttpProvider]
    service: str
    key: str = ""
    path: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    is_json: bool = True

    async def source(self, source: Source[Any], **settings: Any) -> tuple[Any, str]:
        provider = await source(self.kind, **(self.settings | settings))
        return provider, self.key or item_key(provider, ITEM)


ASKED = {
    "fanart artist": Asked(FanArtTvProvider, "fanart", f"artist:{ARTIST}"),
    "fanart album": Asked(FanArtTvProvider, "fanart", f"album:{ALBUM}"),
    "theaudiodb artist": Asked(TheAudioDbProvider, "theaudiodb", f"artist:{ARTIST}"),
    "theaudiodb album": Asked(TheAudioDbProvider, "theaudiodb", f"album:{ALBUM}"),
    "theaudiodb premium": Asked(
        TheAudioDbProvider,
        "theaudiodb",
        f"artist:{ARTIST}",
        settings={"THEAUDIODB_API_KEY": PREMIUM_KEY},
    ),
    "wikidata": Asked(WikipediaProvider, "wikidata"),
    "wikipedia": Asked(WikipediaProvider, "wikipedia", path="api.php"),
    "wikipedia page": Asked(WikipediaProvider, "wikipedia", path="/page/html/", is_json=False),
}


JSON = {name: case for name, case in ASKED.items() if case.is_json}
# An object of nulls one level down is TheAudioDB's way to say that there is nothing.
NULLS = [
    pytest.param(case, depth, id=f"{name}-{depth}")
    for name, case in JSON.items()
    for depth in range(4)
    if not (case.service == "theaudiodb" and depth == 1)
]


@pytest.fixture(params=ASKED.values(), ids=list(ASKED))
def asked(request: pytest.FixtureRequest, internet: Internet) -> Asked:
    """Every kind of request there is, to services that know who is asked about."""
    case = cast("Asked", request.param)
    extracts = {"en": "Nirvana was a band." if case.is_json else ""}
    internet.facts.artist(
        ARTIST,
        "Nirvana",
        wikidata=ITEM,
        extracts=extracts,
        html={"en": "<section><p>Nirvana was a band.</p></section>"},
    )
    internet.facts.album(ALBUM, "Nevermind", wikidata="")
    return case


def service_of(asked: Asked, internet: Internet) -> Service:
    return internet.services[asked.service]


async def test_without_faults_everybody_tells_something(asked: Asked, source: Source[Any]) -> None:
    record = await told(*await asked.source(source))
    assert isinstance(record, dict)
    assert record.get("images") or record.get("overview")


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 410, 429, 500, 502, 503])
async def test_a_status_of_failure_is_no_word_that_nothing_is_there(
    asked: Asked, status: int, source: Source[Any], internet: Internet
) -> None:
    service_of(asked, internet).fails_with(status, path=asked.path)
    provider, key = await asked.source(source)
    assert await told(provider, key) == UNAVAILABLE


@pytest.mark.parametrize("pause", [7, "Fri, 20 Nov 2026 12:00:07 GMT"])
@pytest.mark.parametrize("status", [429, 503])
async def test_no_request_goes_out_before_retry_after_is_over(
    asked: Asked, status: int, pause: int | str, source: Source[Any], internet: Internet
) -> None:
    service = service_of(asked, internet)
    clock = ManualClock()
    provider, key = await asked.source(source, at=clock)
    service.fails_with(status, retry_after=pause, path=asked.path, times=1)
    first = asyncio.create_task(told(provider, key))
    await paused(provider)
    before = service.total
    await clock.forward(seconds=3)
    if first.done():  # a wait beyond its time limit is in vain
        assert await told(provider, key) == UNAVAILABLE
    await clock.forward(seconds=3.9)
    assert service.total == before
    await clock.forward(seconds=0.2)
    assert isinstance(await (told(provider, key) if first.done() else first), dict)


async def paused(provider: HttpProvider, within: float = 5.0) -> None:
    end = time.monotonic() + within
    while provider._limiter.remaining():
        assert time.monotonic() < end, "no pause within 5 s"
        await asyncio.sleep(0)


async def test_429_without_retry_after_is_obeyed_for_a_minute(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    service = service_of(asked, internet)
    clock = ManualClock()
    provider, key = await asked.source(source, at=clock)
    service.fails_with(429, path=asked.path, times=1)
    assert await told(provider, key) == UNAVAILABLE
    before = service.total
    await clock.forward(seconds=45)
    assert await told(provider, key) == UNAVAILABLE
    await clock.forward(seconds=14.9)
    assert service.total == before
    await clock.forward(seconds=0.2)
    assert isinstance(await told(provider, key), dict)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failure_of_the_service_is_tried_again_once(
    asked: Asked, status: int, source: Source[Any], internet: Internet
) -> None:
    service = service_of(asked, internet)
    service.fails_with(status, path=asked.path, times=1)
    provider, key = await asked.source(source)
    assert isinstance(await told(provider, key), dict)
    service.forget()
    service.fails_with(status, path=asked.path)
    assert await told(provider, key) == UNAVAILABLE
    failures = [request for request in service.requests if request.status == status]
    assert len(failures) == 2


@pytest.mark.parametrize("where", ["before", "headers", "body"])
async def test_a_cut_connection_is_tried_again_and_then_no_word(
    asked: Asked, where: Any, source: Source[Any], internet: Internet
) -> None:
    service = service_of(asked, internet)
    provider, key = await asked.source(source)
    service.cuts_connection(where, path=asked.path, times=1)
    assert isinstance(await told(provider, key), dict)
    service.cuts_connection(where, path=asked.path)
    assert await told(provider, key) == UNAVAILABLE


async def test_nobody_at_the_address_is_no_word(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    provider, key = await asked.source(source)
    await internet.down()
    assert await told(provider, key) == UNAVAILABLE
    await internet.up()
    assert isinstance(await told(provider, key), dict)


GARBAGE = {
    "null": b"null",
    "empty object": b"{}",
    "empty list": b"[]",
    "nothing": b"",
    "number": b"7",
    "text": b'"Not found"',
    "broken": b'{"artists": [{"name": "unfini',
    "html": b"<!DOCTYPE html><html><body><p>Down for maintenance</p></body></html>",
    "other object": b'{"message": "internal error"}',
    "error": b'{"status": "error", "error message": "Database is down"}',
    "api error": b'{"error": {"code": "ratelimited", "info": "Too many"}}',
    "not even text": b"\xff\xfe\x00",
    "deep": b"[" * 5000,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_no_word_that_nothing_is_there(
    asked: Asked, body: bytes, source: Source[Any], internet: Internet
) -> None:
    service_of(asked, internet).answers(body, path=asked.path)
    provider, key = await asked.source(source)
    assert await told(provider, key) == UNAVAILABLE


@pytest.mark.parametrize("asked", JSON.values(), ids=list(JSON), indirect=True)
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
async def test_wrong_types_are_no_word_that_nothing_is_there(
    asked: Asked, depth: int, source: Source[Any], internet: Internet
) -> None:
    provider, key = await asked.source(source)
    right = await told(provider, key)
    service_of(asked, internet).answers_wrong_types(depth, path=asked.path)
    # What nobody reads may be of any type.
    assert await told(provider, key) in (UNAVAILABLE, right)
    if depth < 2:
        assert await told(provider, key) == UNAVAILABLE


@pytest.mark.parametrize(("asked", "depth"), NULLS, indirect=["asked"])
async def test_nulls_are_no_word_that_nothing_is_there(
    asked: Asked, depth: int, source: Source[Any], internet: Internet
) -> None:
    service_of(asked, internet).answers_nulls(depth, path=asked.path)
    provider, key = await asked.source(source)
    assert await told(provider, key) == UNAVAILABLE


async def test_the_time_limit_holds_for_the_whole_call(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    service_of(asked, internet).hangs(path=asked.path)
    limits = {f"{name}_TIMEOUT": 0.2 for name in ("FANART", "THEAUDIODB", "WIKIPEDIA")}
    provider, key = await asked.source(source, **limits)
    begin = time.monotonic()
    assert await told(provider, key) == UNAVAILABLE
    assert 0.2 <= time.monotonic() - begin < 1
    await service_of(asked, internet).quiet()


async def test_an_answer_without_end_is_not_read_to_its_end(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    service_of(asked, internet).answers(b" " * (BODY_LIMIT + 1), path=asked.path)
    provider, key = await asked.source(source)
    with pytest.raises(ProviderUnavailable, match="more than 8388608 bytes"):
        await provider.records([key])


async def test_after_five_failures_it_is_left_alone_until_a_trial_a_minute_later(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    service = service_of(asked, internet)
    clock = ManualClock()
    provider, key = await asked.source(source, at=clock)
    service.fails_with(400, path=asked.path)
    for _ in range(5):
        assert await told(provider, key) == UNAVAILABLE
    before = len(service.requests_for(asked.path))
    with pytest.raises(BreakerOpen):
        await provider.records([key])
    await clock.forward(seconds=59)
    with pytest.raises(BreakerOpen):
        await provider.records([key])
    assert len(service.requests_for(asked.path)) == before
    service.recovers()
    await clock.forward(seconds=1)
    assert isinstance(await told(provider, key), dict)
    assert isinstance(await told(provider, key), dict)


async def test_those_who_wait_learn_that_the_service_is_down(
    source: Source[Any], internet: Internet
) -> None:
    internet.fanart.fails_with(400)
    provider = await source(FanArtTvProvider)
    keys = [f"artist:{number:08}-0000-4000-8000-000000000000" for number in range(200)]
    with pytest.raises(ProviderUnavailable):
        await provider.records(keys)
    assert internet.fanart.total <= FanArtTvProvider.connections + 5


async def test_everybody_is_told_who_asks_and_how_to_reach_them(
    asked: Asked, source: Source[Any], internet: Internet
) -> None:
    provider, key = await asked.source(source, OPERATOR_CONTACT="https://me.example")
    await told(provider, key)
    expected = f"LidarrMetadataServer/{build.VERSION} (https://me.example)"
    agents = {
        request.user_agent for service in internet.services.values() for request in service.requests
    }
    assert agents == {expected}


async def test_without_a_contact_the_version_is_told(
    source: Source[Any], internet: Internet
) -> None:
    provider = await source(FanArtTvProvider, OPERATOR_CONTACT="")
    await told(provider, f"artist:{ARTIST}")
    assert internet.fanart.requests[0].user_agent == f"LidarrMetadataServer/{build.VERSION}"


@pytest.mark.parametrize("fault", ["status", "garbage", "cut", "down", "no http", "timeout"])
async def test_keys_are_in_no_message_and_no_log(
    asked: Asked,
    fault: str,
    source: Source[Any],
    internet: Internet,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    service = service_of(asked, internet)
    secrets = {"THEAUDIODB_API_KEY": PREMIUM_KEY, "FANART_API_KEY": API_KEY}
    limits = {f"{name}_TIMEOUT": 0.2 for name in ("FANART", "THEAUDIODB", "WIKIPEDIA")}
    with socket.create_server(("127.0.0.1", 0)) as wrong:
        if fault == "no http":
            address = f"http://127.0.0.1:{wrong.getsockname()[1]}"
            secrets |= {f"{name}_URL": address for name in ("FANART", "THEAUDIODB", "WIKIDATA")}
            speaker = asyncio.create_task(_speaks_no_http(wrong))
        provider, key = await asked.source(source, **(secrets | limits))
        match fault:
            case "status":
                service.fails_with(403)
            case "garbage":
                service.answers_garbage()
            case "cut":
                service.cuts_connection("headers")
            case "down":
                await internet.down()
            case "timeout":
                service.hangs()
        with pytest.raises(ProviderUnavailable) as raised:
            await provider.records([key])
        if fault == "no http":
            speaker.cancel()
            await asyncio.wait({speaker})
    said = "".join(_chain(raised.value)) + caplog.text
    assert PREMIUM_KEY not in said
    assert API_KEY not in said


async def _speaks_no_http(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    listener.setblocking(False)
    while True:
        connection, _ = await loop.sock_accept(listener)
        with connection:
            await loop.sock_recv(connection, 4096)
            await loop.sock_sendall(connection, b"220 ready for mail\r\n\r\n")


def _chain(error: BaseException) -> list[str]:
    """What a log with a traceback shows of an error."""
    return traceback.format_exception(error)


async def test_the_free_key_in_the_path_is_in_no_message_either(
    source: Source[Any], internet: Internet
) -> None:
    secret = "1029384756"
    provider = await source(TheAudioDbProvider)
    provider._url = provider._url.replace("/123", f"/{secret}")
    internet.theaudiodb.cuts_connection("body")
    with pytest.raises(ProviderUnavailable) as raised:
        await provider.records([f"artist:{ARTIST}"])
    internet.violations.clear()
    assert secret not in "".join(_chain(raised.value))


async def test_a_used_up_limit_is_no_failure_of_the_service(
    source: Source[Any], internet: Internet
) -> None:
    internet.knows_everything = True
    provider = await source(TheAudioDbProvider, at=ManualClock())
    keys = [f"artist:{number:08}-0000-4000-8000-000000000000" for number in range(60)]
    assert len(await provider.records(keys)) == 30
    with pytest.raises(RateLimited):
        await provider.records(keys[30:])
    assert internet.theaudiodb.total == 30


async def test_what_could_not_be_told_is_left_out_and_the_rest_is_told(
    source: Source[Any], internet: Internet
) -> None:
    internet.knows_everything = True
    other = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
    internet.fanart.fails_with(403, path=other)
    provider = await source(FanArtTvProvider)
    records = await provider.records([f"artist:{ARTIST}", f"artist:{other}"])
    assert list(records) == [f"artist:{ARTIST}"]


async def test_a_source_that_was_not_opened_says_so(source: Source[Any]) -> None:
    provider = await source(FanArtTvProvider)
    await provider.close()
    with pytest.raises(ProviderUnavailable, match="has not been opened"):
        await provider.records([f"artist:{ARTIST}"])
