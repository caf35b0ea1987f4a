from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.spotify import NotAllowed, Refused, SpotifyProvider
from lidarrmetadata.resilience.breaker import BreakerOpen
from lidarrmetadata.resilience.limit import RateLimited
from lidarrmetadata.settings import load_config
from tests.api.test_faults import FAULTS
from tests.clock import ManualClock
from tests.internet.spotify import ACCOUNTS, Spotify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.internet import Internet
    from tests.internet.service import Service
    from tests.provider.conftest import Source

RADIOHEAD = "4Z8W4fKeB5YxbusRsdQVPb"
KID_A = "6GjwtEZcfenmOf6l18N7T7"
NOBODY = "0000000000000000000000"
NO_NUMBER = "Z" * 22  # of 128 bits
BACK = "https://metadata.example.org/spotify/auth"
PATIENCE = 0.4  # seconds for Spotify here; five by default


@pytest.fixture
def service(internet: Internet) -> Spotify:
    service = internet.service(Spotify)
    service.artist(RADIOHEAD, "Radiohead")
    service.album(KID_A, "Kid A", "Radiohead", "Somebody Else")
    return service


@pytest.fixture
async def spotify(service: Spotify, source: Source[Any]) -> SpotifyProvider:
    provider: SpotifyProvider = await source(SpotifyProvider)
    return provider


@pytest.fixture
async def process(
    internet: Internet, service: Spotify, redis_url: str
) -> AsyncIterator[Callable[[], Any]]:
    """Makes providers as processes have them that share a Redis, which holds no token yet."""
    opened: list[SpotifyProvider] = []
    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    async def make(**cache: str) -> SpotifyProvider:
        cache = {"redis_url": redis_url, "postgres_url": "", **cache}
        settings = internet.settings() | {"CACHE": cache, "SPOTIFY_TIMEOUT": 2.0}
        config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings)
        provider = SpotifyProvider(config, Tools.of_this_process(ManualClock()))
        opened.append(provider)
        await provider.open()
        return provider

    yield make
    for provider in opened:
        await provider.close()


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def asked_for(service: Spotify, part: str) -> int:
    return len([asked for asked in service.requests if part in asked.path])


async def test_names_are_told(spotify: SpotifyProvider) -> None:
    assert await spotify.artist(RADIOHEAD) == "Radiohead"
    assert await spotify.album(KID_A) == ("Radiohead", "Kid A")


@pytest.mark.parametrize("unknown", [NOBODY, NO_NUMBER])
async def test_what_spotify_does_not_know_is_nothing(
    spotify: SpotifyProvider, unknown: str
) -> None:
    assert await spotify.artist(unknown) is None
    assert await spotify.album(unknown) is None


async def test_it_is_off_without_id_and_secret() -> None:
    for settings in ({}, {"SPOTIFY_CLIENT_ID": "a"}, {"SPOTIFY_CLIENT_SECRET": "b"}):
        config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **settings)
        assert not SpotifyProvider.enabled(config)


async def test_one_token_serves_many_who_ask_at_once(
    spotify: SpotifyProvider, service: Spotify
) -> None:
    service.delays(0.02)
    names = await asyncio.gather(*(spotify.artist(RADIOHEAD) for _ in range(20)))
    assert names == ["Radiohead"] * 20
    assert len(service.tokens_given) == 1
    assert service.most_at_once <= 4


async def test_a_token_that_was_withdrawn_is_replaced(
    spotify: SpotifyProvider, service: Spotify
) -> None:
    await spotify.artist(RADIOHEAD)
    service.withdraws_tokens()
    assert await spotify.artist(RADIOHEAD) == "Radiohead"
    assert len(service.tokens_given) == 2


async def test_processes_share_a_token_through_redis(
    process: Callable[[], Any], service: Spotify
) -> None:
    for _ in range(3):
        assert await (await process()).artist(RADIOHEAD) == "Radiohead"
    assert len(service.tokens_given) == 1


@pytest.mark.parametrize("planted", [b"{", b"7", b'{"access_token": 7}', b"\xff", b'"x"'])
async def test_what_is_no_token_in_redis_is_not_used(
    process: Callable[[], Any], service: Spotify, redis_url: str, planted: bytes
) -> None:
    await (await process()).artist(RADIOHEAD)
    with Redis.from_url(redis_url) as redis:
        (key,) = redis.keys("*spotify:token*")  # type: ignore[misc]
        assert 3500 < redis.ttl(key) <= 3600  # type: ignore[operator]
        redis.set(key, planted)
    assert await (await process()).artist(RADIOHEAD) == "Radiohead"
    assert len(service.tokens_given) == 2


async def test_a_redis_that_is_away_is_no_matter(process: Callable[..., Any]) -> None:
    provider = await process(redis_url="redis://127.0.0.1:1/0")
    assert await provider.artist(RADIOHEAD) == "Radiohead"


async def test_nothing_is_written_into_the_folder_it_runs_in(
    spotify: SpotifyProvider, service: Spotify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service.grants("a-code", BACK)
    await spotify.artist(RADIOHEAD)
    await spotify.exchange("a-code", BACK)
    await spotify.renew("refresh-me")
    assert files_in(tmp_path) == []


async def test_secrets_are_never_logged(
    spotify: SpotifyProvider, service: Spotify, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    service.grants("a-code", BACK)
    await spotify.exchange("a-code", BACK)
    await spotify.artist(RADIOHEAD)
    await spotify.artist(NOBODY)
    for secret in ("Basic", "Bearer", "a-code", "refresh-me", *service.tokens_given):
        assert secret not in caplog.text


async def test_what_spotify_took_away_is_off_for_a_while_and_no_failure(
    spotify: SpotifyProvider, service: Spotify, clock: ManualClock
) -> None:
    service.takes_away("album")
    for _ in range(10):
        with pytest.raises(NotAllowed):
            await spotify.album(KID_A)
    assert asked_for(service, "/albums/") == 1
    assert not spotify.can("album")
    assert await spotify.artist(RADIOHEAD) == "Radiohead"
    service.gives_back()
    await clock.forward(minutes=6 * 60)
    assert await spotify.album(KID_A) == ("Radiohead", "Kid A")


async def test_an_invalid_limit_is_off_as_well(spotify: SpotifyProvider, service: Spotify) -> None:
    answer = b'{"error": {"status": 400, "message": "Invalid limit"}}'
    service.answers(answer, status=400, path="/albums/")
    with pytest.raises(NotAllowed):
        await spotify.album(KID_A)
    assert not spotify.can("album")


@pytest.mark.parametrize("path", ["/v1/", ACCOUNTS])
@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_is_taken_for_nothing_there(
    service: Spotify, source: Source[Any], fault: str, path: str
) -> None:
    provider = await source(SpotifyProvider, at=None, SPOTIFY_TIMEOUT=PATIENCE)
    broken = _Only(service, path)
    FAULTS[fault](broken)  # type: ignore[arg-type]
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        await provider.artist(RADIOHEAD)
    assert time.monotonic() - began < PATIENCE + 1
    service.recovers()
    await service.quiet()


@pytest.mark.parametrize("status", [400, 401, 404, 302])
async def test_a_status_that_is_not_spotify_s_word_is_no_word(
    spotify: SpotifyProvider, service: Spotify, status: int
) -> None:
    service.fails_with(status, path="/v1/")
    with pytest.raises(ProviderUnavailable):
        await spotify.artist(RADIOHEAD)


async def test_a_wrong_secret_is_said_to_be_one(internet: Internet, source: Source[Any]) -> None:
    provider = await source(SpotifyProvider, SPOTIFY_CLIENT_SECRET="wrong")
    with pytest.raises(ProviderUnavailable, match="SPOTIFY_CLIENT_SECRET"):
        await provider.artist(RADIOHEAD)
    internet.violations.clear()


async def test_retry_after_holds_for_everybody(
    spotify: SpotifyProvider, service: Spotify, clock: ManualClock
) -> None:
    service.fails_with(429, retry_after=40, times=1, path="/v1/")
    with pytest.raises(ProviderUnavailable):
        await spotify.artist(RADIOHEAD)
    asked = service.total
    with pytest.raises(RateLimited):
        await spotify.album(KID_A)
    assert service.total == asked
    await clock.forward(seconds=41)
    assert await spotify.album(KID_A) == ("Radiohead", "Kid A")


async def test_a_short_outage_is_not_noticed(spotify: SpotifyProvider, service: Spotify) -> None:
    service.fails_with(503, times=1, path="/v1/")
    assert await spotify.artist(RADIOHEAD) == "Radiohead"


async def test_after_five_failures_it_is_left_alone(
    spotify: SpotifyProvider, service: Spotify, clock: ManualClock
) -> None:
    service.fails_with(503)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            await spotify.artist(RADIOHEAD)
    asked = service.total
    with pytest.raises(BreakerOpen):
        await spotify.artist(RADIOHEAD)
    assert service.total == asked
    service.recovers()
    await clock.forward(seconds=61)
    assert await spotify.artist(RADIOHEAD) == "Radiohead"


async def test_while_spotify_hangs_no_more_than_four_threads_wait(
    service: Spotify, source: Source[Any]
) -> None:
    provider = await source(SpotifyProvider, SPOTIFY_TIMEOUT=PATIENCE)
    service.hangs()
    began = time.monotonic()
    names = await asyncio.gather(
        *(provider.artist(RADIOHEAD) for _ in range(50)), return_exceptions=True
    )
    assert all(isinstance(name, ProviderUnavailable) for name in names)
    assert time.monotonic() - began < PATIENCE + 1
    assert service.most_at_once <= 4
    service.recovers()
    await service.quiet()


async def test_bytes_that_trickle_do_not_hold_a_thread_for_ever(
    source: Source[Any], service: Spotify
) -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            gone.set()
        finally:
            writer.close()

    gone = asyncio.Event()
    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        provider = await source(
            SpotifyProvider, SPOTIFY_URL=f"http://127.0.0.1:{port}", SPOTIFY_TIMEOUT=PATIENCE
        )
        with pytest.raises(ProviderUnavailable):
            await provider.artist(RADIOHEAD)
        await asyncio.wait_for(gone.wait(), 5)


async def test_a_code_becomes_tokens_once(spotify: SpotifyProvider, service: Spotify) -> None:
    service.grants("a-code", BACK)
    tokens = await spotify.exchange("a-code", BACK)
    assert tokens == {
        "access_token": service.tokens_given[-1],
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "refresh-me",
        "scope": "playlist-read-private",
    }
    with pytest.raises(Refused):
        await spotify.exchange("a-code", BACK)


async def test_a_code_for_somebody_else_is_refused(
    spotify: SpotifyProvider, service: Spotify
) -> None:
    service.grants("a-code", BACK)
    with pytest.raises(Refused):
        await spotify.exchange("a-code", "https://other.example.org/spotify/auth")


@pytest.mark.parametrize("passes_on", [True, False])
async def test_tokens_of_users_are_renewed(
    spotify: SpotifyProvider, service: Spotify, passes_on: bool
) -> None:
    service.passes_refresh_tokens_on = passes_on
    tokens = await spotify.renew("refresh-me")
    assert tokens["access_token"] == service.tokens_given[-1]
    assert tokens["refresh_token"] == "refresh-me"
    with pytest.raises(Refused):
        await spotify.renew("somebody else's")


async def test_codes_that_spotify_refuses_do_not_keep_others_from_logging_in(
    spotify: SpotifyProvider, service: Spotify
) -> None:
    for _ in range(10):
        with pytest.raises(Refused):
            await spotify.exchange("invented", BACK)
    service.grants("a-code", BACK)
    assert (await spotify.exchange("a-code", BACK))["access_token"]


async def test_the_app_s_own_token_is_never_a_user_s(
    spotify: SpotifyProvider, service: Spotify
) -> None:
    service.grants("a-code", BACK)
    users = (await spotify.exchange("a-code", BACK))["access_token"]
    await spotify.artist(RADIOHEAD)
    asked = [asked for asked in service.requests if asked.path.startswith("/spotify/v1/")]
    assert all(users not in asked.headers["Authorization"] for asked in asked)


class _Only:
    """Faults of one part of Spotify."""

    def __init__(self, service: Service, path: str) -> None:
        self._service = service
        self._path = path

    def __getattr__(self, name: str) -> Callable[..., None]:
        def fault(*arguments: Any, **options: Any) -> None:
            getattr(self._service, name)(*arguments, path=self._path, **options)

        return fault
