"""Documents are made once however many ask, served old while made anew, and never lost."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio

from tests.api.singers import SINGERS
from tests.api.watched import (
    OUTSIDE,
    WATCHED,
    catalogue_of,
    services_of,
    settled,
    shared_seconds,
)
from tests.api.watched import home as home
from tests.catalogue.databases import empty_database
from tests.catalogue.edge_cases import ADA, ADA_MERGED, BEN, INKWELL
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.internet import Internet

MANY = 50
A_WEEK = 7 * 24 * 60
NO_SUCH = "00000000-0000-4000-8000-000000000000"
PATHS = [(f"/artist/{ADA}", "artist", ADA), (f"/album/{INKWELL}", "album", INKWELL)]
WITHOUT_MEMORY = {"MEMORY_CACHE_BYTES": 0}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watched(home: Place) -> dict[str, Any]:
    return {**home.settings(), "PROVIDERS": [WATCHED]}


@pytest.fixture
async def server(client_of: MakeClient, watched: dict[str, Any], clock: ManualClock) -> Client:
    return await client_of(clock, **watched)


@pytest.fixture
async def over_all(
    settings: dict[str, Any], postgres: PostgresAddress
) -> AsyncIterator[dict[str, Any]]:
    """Settings with every outside service, and an empty cache."""
    async with empty_database(postgres) as cache:
        yield {
            **settings,
            "CACHE": {"redis_url": "", "postgres_url": cache},
            "PROVIDERS": [WATCHED, *OUTSIDE],
            "ANSWER_BUDGET": 20.0,
        }


async def name_of(server: Client, path: str) -> str:
    response = await server.get(path)
    assert response.status_code == 200, await response.get_data()
    document = await response.get_json()
    return str(document["artistname"] if "artistname" in document else document["title"])


async def rename(home: Place, kind: str, mbid: str, name: str) -> None:
    await home.rename("release_group" if kind == "album" else "artist", mbid, name)


async def test_fifty_who_ask_at_once_for_what_is_not_kept_are_one_flight(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any]
) -> None:
    server = await client_of(**over_all)
    path = f"/artist/{SINGERS[0]}"
    answers = await asyncio.gather(*(server.get(path) for _ in range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({await answer.get_data() for answer in answers}) == 1
    assert catalogue_of(server).asked == [SINGERS[0]]
    asked = {name: service.total for name, service in known.services.items() if service.total}
    assert asked == dict.fromkeys(("fanart", "theaudiodb", "wikidata", "wikipedia"), 1)


async def test_over_two_servers_with_one_cache_they_are_two_flights_at_most(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any]
) -> None:
    servers = [await client_of(**over_all) for _ in range(2)]
    path = f"/artist/{SINGERS[0]}"
    answers = await asyncio.gather(*(servers[n % 2].get(path) for n in range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({await answer.get_data() for answer in answers}) == 1
    flights = [mbid for server in servers for mbid in catalogue_of(server).asked]
    assert 1 <= len(flights) <= 2
    for service in known.services.values():
        assert service.total <= 2


@pytest.mark.parametrize(("path", "kind", "mbid"), PATHS)
@pytest.mark.parametrize("memory", [{}, WITHOUT_MEMORY])
async def test_an_old_document_is_served_at_once_while_one_renewal_runs(
    client_of: MakeClient,
    home: Place,
    watched: dict[str, Any],
    clock: ManualClock,
    path: str,
    kind: str,
    mbid: str,
    memory: dict[str, Any],
) -> None:
    server = await client_of(clock, **watched, **memory)
    before = await name_of(server, path)
    await settled(server)
    await rename(home, kind, mbid, "Of Late")
    catalogue = catalogue_of(server)
    catalogue.holds()
    await clock.forward(minutes=A_WEEK)
    for _ in range(10):
        answer = await server.get(path)
        assert before in await answer.get_data(as_text=True)
        assert shared_seconds(answer) <= 300
    catalogue.lets.set()
    await eventually(lambda: _is_named(server, path, "Of Late"))
    await settled(server)
    assert len(catalogue.asked) == 2


async def _is_named(server: Client, path: str, name: str) -> bool:
    return await name_of(server, path) == name


@pytest.mark.parametrize(("path", "kind", "mbid"), PATHS)
async def test_a_document_called_changed_is_made_anew_before_it_is_served(
    home: Place, server: Client, path: str, kind: Any, mbid: str
) -> None:
    await name_of(server, path)
    await settled(server)
    await rename(home, kind, mbid, "Of Late")
    assert await services_of(server).documents.expire(kind, [mbid, NO_SUCH]) == {mbid}
    assert await name_of(server, path) == "Of Late"
    await settled(server)
    assert await home.due(kind) == set()


async def test_a_document_called_changed_is_made_anew_though_a_source_hangs(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any]
) -> None:
    server = await client_of(**{**over_all, "ANSWER_BUDGET": 0.2})
    documents, (fanart,) = services_of(server).documents, [known.fanart]
    path = f"/artist/{SINGERS[0]}"

    async def is_whole() -> bool:
        return "Banner" in await (await server.get(path)).get_data(as_text=True)

    await eventually(is_whole)
    await settled(server)
    assert await documents.expire("artist", [SINGERS[0]])
    store = services_of(server).store
    await store.expire_many("fanart", [f"artist:{SINGERS[0]}"])
    fanart.hangs()
    assert await is_whole()
    assert catalogue_of(server).asked == [SINGERS[0]] * 2


@pytest.mark.parametrize(("path", "kind", "mbid"), PATHS)
@pytest.mark.parametrize("memory", [{}, WITHOUT_MEMORY])
async def test_a_document_called_changed_is_served_as_it_was_while_there_is_no_catalogue(
    client_of: MakeClient,
    home: Place,
    watched: dict[str, Any],
    path: str,
    kind: Any,
    mbid: str,
    memory: dict[str, Any],
) -> None:
    server = await client_of(**watched, **memory)
    before = await name_of(server, path)
    await settled(server)
    await rename(home, kind, mbid, "Of Late")
    await services_of(server).documents.expire(kind, [mbid])
    async with home.without_catalogue():
        for _ in range(3):
            answer = await server.get(path)
            assert answer.status_code == 200
            assert before in await answer.get_data(as_text=True)
            assert shared_seconds(answer) <= 300
    assert await name_of(server, path) == "Of Late"


async def test_documents_of_a_kind_are_all_made_anew_when_anything_may_have_changed(
    home: Place, server: Client
) -> None:
    for mbid in (ADA, BEN):
        await server.artist(mbid)
    await server.album(INKWELL)
    await settled(server)
    await rename(home, "artist", ADA, "Of Late")
    await services_of(server).documents.expire_all("artist")
    assert await home.due("artist") == {ADA, BEN}
    assert await home.due("album") == set()
    assert await name_of(server, f"/artist/{ADA}") == "Of Late"


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("is_all", [False, True])
async def test_a_change_while_a_document_is_being_made_is_not_lost(
    client_of: MakeClient,
    home: Place,
    watched: dict[str, Any],
    server: Client,
    others: bool,
    is_all: bool,
) -> None:
    catalogue = catalogue_of(server)
    catalogue.holds()
    asking = asyncio.create_task(server.get(f"/artist/{ADA}"))
    await catalogue.has_read.wait()
    await rename(home, "artist", ADA, "Of Late")
    told = await client_of(**watched) if others else server
    if others:
        await told.artist(ADA)  # what is not kept cannot be called changed
        await settled(told)
        await rename(home, "artist", ADA, "Of Very Late")
    documents, answers = services_of(told).documents, services_of(server).answers
    before = answers.serial
    await (documents.expire_all("artist") if is_all else documents.expire("artist", [ADA]))
    if others:

        async def is_heard() -> bool:
            return answers.has_changed("artist", ADA, before)

        await eventually(is_heard)
    catalogue.lets.set()
    assert (await asking).status_code == 200
    name = "Of Very Late" if others else "Of Late"
    assert await name_of(server, f"/artist/{ADA}") == name
    await settled(server)
    fresh = await client_of(**watched)
    assert await name_of(fresh, f"/artist/{ADA}") == name


async def test_a_change_while_late_sources_are_waited_for_is_not_lost(
    client_of: MakeClient, known: Internet, over_all: dict[str, Any]
) -> None:
    server = await client_of(**{**over_all, "ANSWER_BUDGET": 0.1})
    catalogue = catalogue_of(server)
    catalogue.holds()
    known.fanart.delays(0.4)
    asking = asyncio.create_task(server.get(f"/artist/{SINGERS[0]}"))
    await catalogue.has_read.wait()
    await services_of(server).documents.expire("artist", [SINGERS[0]])
    catalogue.lets.set()
    assert (await asking).status_code == 200
    await settled(server)
    fresh = await client_of(**over_all)
    await fresh.artist(SINGERS[0])
    assert catalogue_of(fresh).asked == [SINGERS[0]]


async def test_ids_however_spelt_and_merged_ids_share_one_document(
    client_of: MakeClient, home: Place, redis_url: str
) -> None:
    client = redis.asyncio.Redis.from_url(redis_url)
    await client.flushall()
    server = await client_of(**{**home.settings(redis_url), "PROVIDERS": [WATCHED]})
    bodies = set()
    for mbid in (ADA, ADA.upper(), ADA_MERGED, ADA_MERGED.upper()):
        bodies.add(await (await server.get(f"/artist/{mbid}")).get_data())
        await settled(server)
    assert len(bodies) == 1
    assert catalogue_of(server).asked == [ADA, ADA_MERGED]
    rows = await home.keeper.fetch(
        "SELECT key, length(value) AS bytes FROM lidarrmetadata_cache.artist"
    )
    sizes = {row["key"]: row["bytes"] for row in rows}
    assert set(sizes) == {ADA, ADA_MERGED}
    assert sizes[ADA_MERGED] < 100 < sizes[ADA]
    keys = {key async for key in client.scan_iter("lm3.7:artist:*")}
    lengths = {key.decode().rpartition(":")[2]: await client.strlen(key) for key in keys}
    await client.aclose()
    assert set(lengths) == {ADA, ADA_MERGED}
    assert lengths[ADA_MERGED] < 100 < lengths[ADA]


@pytest.mark.parametrize("said", [ADA, ADA_MERGED])
async def test_a_change_of_either_id_is_one_of_both(home: Place, server: Client, said: str) -> None:
    for mbid in (ADA, ADA_MERGED):
        await server.artist(mbid)
        await settled(server)
    await rename(home, "artist", ADA, "Of Late")
    await services_of(server).documents.expire("artist", [said])
    assert await name_of(server, f"/artist/{said}") == "Of Late"
    await settled(server)
    for mbid in (ADA_MERGED, ADA):
        assert await name_of(server, f"/artist/{mbid}") == "Of Late"


async def test_a_merged_id_called_changed_is_served_while_there_is_no_catalogue(
    client_of: MakeClient, home: Place, watched: dict[str, Any]
) -> None:
    server = await client_of(**watched)
    artist = await server.artist(ADA_MERGED)
    await settled(server)
    await services_of(server).documents.expire("artist", [ADA_MERGED])
    restarted = await client_of(**watched)
    async with home.without_catalogue():
        for one in (server, restarted):
            assert await one.artist(ADA_MERGED) == artist


@pytest.mark.parametrize("memory", [{}, WITHOUT_MEMORY])
@pytest.mark.parametrize("is_old", [False, True])
async def test_a_mistake_in_making_it_turns_no_kept_document_into_an_error(
    client_of: MakeClient,
    watched: dict[str, Any],
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    memory: dict[str, Any],
    is_old: bool,
) -> None:
    server = await client_of(clock, **watched, **memory)
    artist = await server.artist(ADA)
    await settled(server)
    if is_old:
        await clock.forward(minutes=A_WEEK)
    else:
        await services_of(server).documents.expire("artist", [ADA])
    catalogue_of(server).fails = ValueError("a mistake of ours")
    assert await server.artist(ADA) == artist

    async def is_logged() -> bool:
        lines = [line for line in caplog.records if line.levelno >= logging.ERROR]
        return [line.getMessage() for line in lines] == [
            f"event=document_not_made kind=artist id={ADA}"
        ]

    await eventually(is_logged)
    assert (await server.get(f"/artist/{BEN}")).status_code == 500
    assert await server.artist(ADA) == artist


async def test_it_is_not_even_an_error_when_the_caches_are_away_as_well(
    home: Place, server: Client
) -> None:
    artist = await server.artist(ADA)
    await settled(server)
    await services_of(server).documents.expire("artist", [ADA])
    services_of(server).store.forget("artist", None)
    catalogue_of(server).fails = ValueError("a mistake of ours")
    async with home.without_cache():
        assert await server.artist(ADA) == artist
    assert services_of(server).answers.outcomes["rescued"] == 1
