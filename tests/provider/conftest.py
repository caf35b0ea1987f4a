"""Sources over the replay server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import HttpProvider, Tools
from lidarrmetadata.settings import load_config
from tests.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lidarrmetadata.documents import Artist
    from lidarrmetadata.provider.mixins import SourceMixin
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.provider.wikimedia.provider import WikipediaProvider
    from lidarrmetadata.resilience.clock import Clock
    from tests.internet import Internet

    P = TypeVar("P", bound=HttpProvider)
    Source = Callable[..., Awaitable[P]]

UNAVAILABLE = "unavailable"


class HastyClock(ManualClock):
    """Who sleeps by it wakes at once, and finds that the time has passed."""

    async def sleep(self, seconds: float) -> None:
        self._elapsed += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> ManualClock:
    return HastyClock()


@pytest.fixture
async def source(internet: Internet, clock: ManualClock) -> AsyncIterator[Source[HttpProvider]]:
    """Makes opened sources: `await source(FanArtTvProvider, FANART_CLIENT_KEY=…)`.

    They go by `clock`, or by the one given: `at=ManualClock()`.
    """
    opened: list[HttpProvider] = []

    async def make(
        kind: type[HttpProvider], at: Clock | None = None, **settings: object
    ) -> HttpProvider:
        overrides = internet.settings() | settings
        config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **overrides)
        provider = kind(config, Tools.of_this_process(at or clock))  # type: ignore[call-arg]
        opened.append(provider)
        await provider.open()
        return provider

    yield make
    for provider in opened:
        await provider.close()


async def told(source: SourceMixin, key: str) -> Record | str | None:
    """What a source says by one key: its record, None for nothing there, or UNAVAILABLE."""
    try:
        return (await source.records([key]))[key]
    except ProviderUnavailable:
        return UNAVAILABLE


def key_of(source: WikipediaProvider, *addresses: str) -> str:
    """By what an artist with these links is asked for."""
    links = [{"target": address, "type": "link"} for address in addresses]
    key = source.artist_key(cast("Artist", {"links": links}))
    assert key is not None
    return key


def item_key(source: WikipediaProvider, item: str) -> str:
    return key_of(source, f"https://www.wikidata.org/wiki/{item}")
