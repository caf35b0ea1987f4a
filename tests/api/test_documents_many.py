"""Documents that somebody wants all of: asked for at once, none of them at another's mercy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import NotFound, ProviderUnavailable, Unavailable
from tests.api.singers import SINGERS
from tests.api.watched import WATCHED, catalogue_of, services_of, settled
from tests.api.watched import home as home
from tests.catalogue.edge_cases import ADA, ADA_MERGED, BEN, GUESTS, INKWELL, SHUFFLED, TOGETHER

if TYPE_CHECKING:
    from tests.changing import Place
    from tests.conftest import Client, MakeClient

NO_SUCH = "00000000-0000-4000-8000-000000000000"
ALBUMS = [INKWELL, SHUFFLED, GUESTS]


@pytest.fixture
async def server(client_of: MakeClient, home: Place) -> Client:
    return await client_of(**home.settings(), PROVIDERS=[WATCHED])


async def many(server: Client, kind: Any, mbids: list[str]) -> dict[str, Any]:
    return await services_of(server).documents.get_many(kind, mbids)


async def test_the_catalogue_is_asked_once_for_all_that_must_be_made(server: Client) -> None:
    found = await many(server, "album", ALBUMS)
    assert catalogue_of(server).asked == ALBUMS
    assert [found[mbid].document["id"] for mbid in ALBUMS] == ALBUMS


async def test_they_are_the_documents_that_each_gets_who_asks_for_one(server: Client) -> None:
    found = await many(server, "album", ALBUMS)
    assert {mbid: found[mbid].document for mbid in ALBUMS} == {
        mbid: await server.album(mbid) for mbid in ALBUMS
    }


async def test_the_catalogue_is_not_asked_for_what_is_kept(server: Client) -> None:
    await server.album(INKWELL)
    await settled(server)
    await many(server, "album", ALBUMS)
    assert catalogue_of(server).asked == ALBUMS  # each of them once


async def test_together_they_have_all_that_each_has_alone(
    client_of: MakeClient, settings: dict[str, Any]
) -> None:
    together = await client_of(**{**settings, "ANSWER_BUDGET": 20.0})
    alone = await client_of(**{**settings, "ANSWER_BUDGET": 20.0})
    singers = list(SINGERS)[:10]
    found = await many(together, "artist", singers)
    assert all(found[mbid].is_complete for mbid in singers)
    assert any(found[mbid].document["overview"] for mbid in singers)
    assert {mbid: found[mbid].document for mbid in singers} == {
        mbid: await alone.artist(mbid) for mbid in singers
    }


async def test_ids_that_are_merged_or_gone_are_answered_one_by_one(server: Client) -> None:
    found = await many(server, "artist", [ADA_MERGED, NO_SUCH, BEN])
    assert found[ADA_MERGED].document["id"] == ADA
    assert isinstance(found[NO_SUCH], NotFound)
    assert found[BEN].document["id"] == BEN


async def test_one_whose_data_is_amiss_does_not_take_the_others_along(
    server: Client, home: Place
) -> None:
    await home.editor.execute("DELETE FROM artist WHERE gid = $1", BEN)
    found = await many(server, "album", [*ALBUMS, TOGETHER])  # which is by Ada and Ben
    assert isinstance(found[TOGETHER], Unavailable)
    assert [found[mbid].document["id"] for mbid in ALBUMS] == ALBUMS


async def test_old_ones_are_served_while_the_catalogue_is_down(server: Client, home: Place) -> None:
    await many(server, "album", ALBUMS)
    await settled(server)
    await services_of(server).documents.expire("album", ALBUMS)
    catalogue_of(server).fails = ProviderUnavailable("it is down")
    found = await many(server, "album", [*ALBUMS, NO_SUCH])
    assert [found[mbid].document["id"] for mbid in ALBUMS] == ALBUMS
    assert isinstance(found[NO_SUCH], Unavailable)
