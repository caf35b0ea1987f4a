"""What Cloudflare says, understood."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.cache.zone import EVERYTHING, CloudflareZone, NotPurged, Rejected
from lidarrmetadata.settings import load_config
from tests.clock import ManualClock
from tests.internet.cloudflare import TOKEN, Cloudflare

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

    from lidarrmetadata.config import DefaultConfig
    from tests.internet import Internet

AGENT = "LidarrMetadataServer/1.0 (operator@example.org)"
URLS = ["https://lm.example.org/artist/1", "https://lm.example.org/artist/2"]


def settings(internet: Internet, **others: str) -> DefaultConfig:
    given = internet.settings() | {"PUBLIC_URL": "https://lm.example.org"} | others
    return load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **given)


@pytest.fixture
def cloudflare(internet: Internet) -> Cloudflare:
    return internet.service(Cloudflare)


@pytest.fixture
async def zone(internet: Internet) -> AsyncIterator[CloudflareZone]:
    made = CloudflareZone(settings(internet), ManualClock(), agent=AGENT, timeout=0.3)
    await made.open()
    yield made
    await made.close()


async def test_what_it_is_told_is_purged(zone: CloudflareZone, cloudflare: Cloudflare) -> None:
    await zone.purge(URLS)
    assert cloudflare.purged == URLS
    assert cloudflare.requests[0].user_agent == AGENT


async def test_it_can_be_told_to_forget_everything(
    zone: CloudflareZone, cloudflare: Cloudflare
) -> None:
    await zone.purge([*URLS, EVERYTHING])
    assert cloudflare.calls == [[EVERYTHING]]


@pytest.mark.parametrize(
    ("status", "header", "asked_wait"),
    [(429, 7, 7), (429, None, None), (503, 86400, 3600), (500, None, None), (302, None, None)],
)
async def test_a_failure_says_its_status_and_how_long_to_wait(
    zone: CloudflareZone,
    cloudflare: Cloudflare,
    status: int,
    header: int | None,
    asked_wait: float | None,
) -> None:
    cloudflare.fails_with(status, retry_after=header)
    with pytest.raises(NotPurged, match=f"status {status}") as raised:
        await zone.purge(URLS)
    assert raised.value.asked_wait == asked_wait
    assert not isinstance(raised.value, Rejected)


async def test_a_bad_address_is_the_requests_fault(
    zone: CloudflareZone, cloudflare: Cloudflare
) -> None:
    cloudflare.not_ours = {URLS[1]}
    with pytest.raises(Rejected, match=f"status 400 .*{URLS[1]}"):
        await zone.purge(URLS)
    assert cloudflare.purged == []


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"success": false, "errors": [{"code": 9, "message": "Not today"}]}', "Not today"),
        (b'{"success": "true"}', "did not purge"),
        (b"[true]", "other than documented"),
        (b"", "other than documented"),
        (b" " * 300_000, "more than"),
    ],
)
async def test_anything_but_success_is_a_failure(
    zone: CloudflareZone, cloudflare: Cloudflare, body: bytes, cause: str
) -> None:
    cloudflare.answers(body)
    with pytest.raises(NotPurged, match=cause):
        await zone.purge(URLS)


async def test_silence_and_absence_are_failures(
    internet: Internet, zone: CloudflareZone, cloudflare: Cloudflare
) -> None:
    cloudflare.hangs()
    with pytest.raises(NotPurged, match=r"did not answer in 0\.3 seconds"):
        await zone.purge(URLS)
    await internet.down()
    with pytest.raises(NotPurged, match="cannot be reached"):
        await zone.purge(URLS)
    await zone.close()
    with pytest.raises(NotPurged, match="not been opened"):
        await zone.purge(URLS)


async def test_a_refused_token_is_named_by_its_setting_and_not_repeated(
    zone: CloudflareZone, cloudflare: Cloudflare
) -> None:
    echo = b'{"success": false, "errors": ["Bearer %s is not valid"]}' % TOKEN.encode()
    cloudflare.answers(echo, status=403)
    with pytest.raises(NotPurged, match=r"is not valid.*CLOUDFLARE_API_TOKEN") as raised:
        await zone.purge(URLS)
    assert TOKEN not in str(raised.value)


async def test_the_token_goes_to_nobody_cloudflare_points_to(
    internet: Internet, cloudflare: Cloudflare
) -> None:
    elsewhere = internet.url + "/cloudflare/client/v4"

    async def point(reader: StreamReader, writer: StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        lines = ("HTTP/1.1 307 There", f"Location: {elsewhere}{path}", "Content-Length: 0", "", "")
        writer.write("\r\n".join(lines).encode())
        await reader.read()
        writer.close()

    async with await asyncio.start_server(point, "127.0.0.1", 0) as pointing:
        port = pointing.sockets[0].getsockname()[1]
        config = settings(internet, CLOUDFLARE_URL=f"http://127.0.0.1:{port}")
        zone = CloudflareZone(config, ManualClock(), agent=AGENT)
        await zone.open()
        with pytest.raises(NotPurged, match="status 307"):
            await zone.purge(URLS)
        await zone.close()
    assert cloudflare.total == 0
