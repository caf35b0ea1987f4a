from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.catalogue.edge_cases import ADA, BEN

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database


@pytest.fixture
async def client(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue, COLLABORATIONS=True)


async def titles(client: Client, mbid: str, query: str = "") -> set[str]:
    artist = await (await client.get(f"/artist/{mbid}?{query}")).get_json()
    return {album["Title"] for album in artist["Albums"]}


async def test_studio_albums_are_those_without_a_secondary_type(client: Client) -> None:
    assert await titles(client, BEN) == {"Together", "Live and Collected"}
    assert await titles(client, BEN, "secTypes=Studio") == {"Together"}
    assert await titles(client, BEN, "secTypes=Live") == {"Live and Collected"}


async def test_one_of_several_secondary_types_is_enough(client: Client) -> None:
    assert await titles(client, BEN, "secTypes=Compilation|Demo") == {"Live and Collected"}
    assert await titles(client, BEN, "secTypes=Studio%7CLive") == await titles(client, BEN)


async def test_primary_types_and_statuses_are_filtered_too(client: Client) -> None:
    everything = await titles(client, ADA)
    others = await titles(client, ADA, "primTypes=Other")
    assert others == {"Whatever It Is"}
    assert await titles(client, ADA, "primTypes=Album") == everything - others
    assert await titles(client, BEN, "releaseStatuses=Promotion") == {"Live and Collected"}


async def test_all_filters_have_to_agree(client: Client) -> None:
    assert await titles(client, BEN, "secTypes=Live&releaseStatuses=Official") == set()
    assert await titles(client, BEN, "secTypes=Live&releaseStatuses=Promotion|Official") == {
        "Live and Collected"
    }
