"""What one process learns, all serve: servers in processes of their own over one cache."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.cache import CacheDatabase, PostgresStore, RedisStore, Store, Tiers
from lidarrmetadata.cache.entry import Entry
from tests.cache.valkey_server import valkey as valkey
from tests.catalogue import edge_cases as edge
from tests.changing import Place, place
from tests.eventually import eventually
from tests.serving import Serving, data_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from lidarrmetadata.embedded import PostgresAddress
    from tests.resilience.test_limit_redis import Valkey

ARTIST = f"/artist/{edge.BEN}"
ALBUM = f"/album/{edge.LIVE_COMPILATION}"
SOON = 1.0  # seconds after which everybody must know
OLD, NEW = "Ben Rushlight", "Ben Candle"


@pytest.fixture
async def own(postgres: PostgresAddress) -> AsyncIterator[Place]:
    async with place(postgres) as made:
        yield made


@pytest.fixture(params=["sharing a Redis", "each with one of its own"])
def redis_url(request: pytest.FixtureRequest, valkey: Valkey) -> str:
    return valkey.url if request.param == "sharing a Redis" else ""


@pytest.fixture
def folder() -> Iterator[Path]:
    with data_folder() as made:
        yield made


class Servers:
    """Two processes that share catalogue and cache."""

    def __init__(self, folder: Path, own: Place, redis_url: str, stack: ExitStack) -> None:
        environ = {f"DATABASE__{key.upper()}": str(own.catalogue[key]) for key in own.catalogue}
        environ |= {"CACHE__POSTGRES_URL": own.cache, "CACHE__REDIS_URL": redis_url}
        folders = [folder / name for name in ("one", "other")]
        for each in folders:
            each.mkdir()
        self.all = [Serving(each, **environ) for each in folders]
        for server in self.all:
            stack.callback(server.close)
        for server in self.all:
            server.ready()

    async def ask(self, number: int, path: str, method: str = "GET") -> Any:
        answer = await asyncio.to_thread(self.all[number].get, path, method)
        assert answer.status == 200, answer
        return answer.document

    async def names(self) -> list[str]:
        return [(await self.ask(number, ARTIST))["artistname"] for number in (0, 1)]

    async def credited(self) -> list[str]:
        """The name in an album, as each shows it."""
        albums = [await self.ask(number, ALBUM) for number in (0, 1)]
        return [
            artist["artistname"]
            for album in albums
            for artist in album["artists"]
            if artist["id"] == edge.BEN
        ]

    async def all_show(self, name: str) -> bool:
        return await self.names() == [name, name]


@pytest.fixture
async def servers(folder: Path, own: Place, redis_url: str) -> AsyncIterator[Servers]:
    """Both have the artist and the album in memory."""
    with ExitStack() as stack:
        both = await asyncio.to_thread(Servers, folder, own, redis_url, stack)

        async def is_kept() -> bool:
            return bool(await own.kept("artist") and await own.kept("album"))

        await both.names()
        await both.credited()
        await eventually(is_kept)
        for _ in range(2):
            assert await both.names() == [OLD, OLD]
            assert await both.credited() == [OLD, OLD]
        yield both


async def test_a_refresh_that_one_has_accepted_is_served_by_the_other_within_a_second(
    servers: Servers, own: Place
) -> None:
    await own.rename("artist", edge.BEN, NEW)
    assert await servers.names() == [OLD, OLD]
    refreshed = await servers.ask(0, f"{ARTIST}/refresh", "POST")
    assert refreshed == {"id": edge.BEN, "changed": True}
    await eventually(lambda: servers.all_show(NEW), within=SOON)


async def test_albums_of_an_artist_who_was_refreshed_show_the_new_name_in_both(
    servers: Servers, own: Place
) -> None:
    await own.rename("artist", edge.BEN, NEW)
    await servers.ask(0, f"{ARTIST}/refresh", "POST")

    async def both_show_it() -> bool:
        return await servers.credited() == [NEW, NEW]

    await eventually(both_show_it, within=SOON)


async def test_changes_that_one_has_found_are_served_by_the_other_within_a_second(
    servers: Servers, own: Place
) -> None:
    await servers.ask(0, "/invalidate", "POST")
    await own.rename("artist", edge.BEN, NEW)
    await servers.ask(0, "/invalidate", "POST")
    await eventually(lambda: servers.all_show(NEW), within=SOON)


async def test_both_tell_the_same_changes(servers: Servers, own: Place) -> None:
    await servers.ask(1, "/invalidate", "POST")
    await own.rename("artist", edge.BEN, NEW)
    await servers.ask(1, "/invalidate", "POST")
    told = [await servers.ask(number, "/recent/artist?since=0") for number in (0, 1)]
    assert told[0] == told[1]
    assert told[0]["items"] == [edge.BEN]


async def test_what_another_program_writes_to_the_cache_is_served_by_both_within_a_second(
    servers: Servers, own: Place, redis_url: str
) -> None:
    """As a crawler does: to all stores that are shared."""
    stores: list[Store] = [PostgresStore(CacheDatabase(own.cache))]
    if redis_url:
        stores.insert(0, RedisStore(redis_url, lifetime=3600))
    tiers = Tiers(stores)
    await tiers.open()
    try:
        entry = (await tiers.get_many("artist", [edge.BEN]))[edge.BEN]
        kept: Any = entry.value
        kept["document"]["artistname"] = NEW
        await tiers.put_many("artist", {edge.BEN: Entry(kept, entry.expires)})
        await eventually(lambda: servers.all_show(NEW), within=SOON)
    finally:
        await tiers.close()


async def test_what_was_missed_while_nobody_could_be_told_is_served_after_that(
    servers: Servers, own: Place
) -> None:
    """The listening connections are cut: when they are back, nothing in memory is trusted."""
    await own.keeper.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'lidarr-metadata-listener'"
    )
    await own.rename("artist", edge.BEN, NEW)
    await servers.ask(0, f"{ARTIST}/refresh", "POST")
    await eventually(lambda: servers.all_show(NEW), within=5.0)
