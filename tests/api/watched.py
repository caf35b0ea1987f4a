"""A server whose catalogue counts what it is asked, fails when told to, and can be held up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.routes.current import SERVICES
from tests.changing import place
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from quart import Response

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Album, Artist
    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.http import Tools
    from lidarrmetadata.provider.mixins import Found
    from lidarrmetadata.services import Services
    from tests.changing import Place
    from tests.conftest import Client

WATCHED = "tests.api.watched:WatchedCatalogue"
OUTSIDE = ["fanart", "theaudiodb", "wikipedia"]


class WatchedCatalogue(MusicbrainzDbProvider):
    """The real one, but for what the test does to it."""

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.has_read = asyncio.Event()
        self.lets = asyncio.Event()
        """Without it nobody gets what has been read."""
        self.lets.set()

    async def artists(self, mbids: Sequence[str], *, albums: bool) -> Found[Artist]:
        self._note(mbids)
        return await self._passed_on(await super().artists(mbids, albums=albums))

    async def albums(self, mbids: Sequence[str]) -> Found[Album]:
        self._note(mbids)
        return await self._passed_on(await super().albums(mbids))

    def holds(self) -> None:
        """From now on."""
        self.has_read.clear()
        self.lets.clear()

    def _note(self, mbids: Sequence[str]) -> None:
        self.asked.extend(mbids)
        if self.fails:
            raise self.fails

    async def _passed_on(self, found: Any) -> Any:
        self.has_read.set()
        await self.lets.wait()
        return found


@pytest.fixture
async def home(postgres: PostgresAddress) -> AsyncIterator[Place]:
    """A catalogue and a cache of the test's own."""
    async with place(postgres) as made:
        yield made


def services_of(client: Client) -> Services:
    found: Services = client.http.app.extensions[SERVICES]  # type: ignore[attr-defined]
    return found


def catalogue_of(client: Client) -> WatchedCatalogue:
    (found,) = services_of(client).providers.having(WatchedCatalogue)
    return found


async def settled(client: Client) -> None:
    """Wait until nothing is being made or kept."""
    services = services_of(client)

    async def nothing_is_under_way() -> bool:
        return not services.documents.under_way and not services.records.under_way

    await eventually(nothing_is_under_way)


def shared_seconds(response: Response) -> int:
    """How long shared caches may keep it."""
    words = response.headers["Cache-Control"].split(", ")
    (seconds,) = (int(word.removeprefix("s-maxage=")) for word in words if "s-maxage" in word)
    return seconds
