"""Whichever back end was chosen: when it fails, the next one answers, and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.search.names import AlbumNames, ArtistNames
from tests.catalogue.edge_cases import ADA, BEN, INKWELL
from tests.internet.solr import Solr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

ALL = "/search?type=all&query=ada%20quill%20inkwell"
PATIENCE = 0.3  # seconds for Solr here; five by default


@pytest.fixture
def solr(internet: Internet) -> Solr:
    """Knows what the catalogue knows, and that Ben calls himself Inkwell."""
    solr = internet.service(Solr)
    solr.holds(
        [ArtistNames(ADA, "Ada Quill"), ArtistNames(BEN, "Inkwell")],
        [AlbumNames(INKWELL, "Inkwell", ADA, credits=("Ada Quill",))],
    )
    return solr


@pytest.fixture
async def server(
    client_of: MakeClient, edge_catalogue: Database, internet: Internet, solr: Solr
) -> Client:
    return await client_of(
        DATABASE=edge_catalogue,
        PROVIDERS=["musicbrainz_db"],
        SEARCH_BACKEND="auto",
        SOLR_URL=internet.settings()["SOLR_URL"],
        SOLR_TIMEOUT=PATIENCE,
        SEARCH_INDEX_DIR="/nowhere",
    )


async def found(server: Client, path: str) -> list[Any]:
    response = await server.get(path)
    assert response.status_code == 200, await response.get_data()
    hits: list[Any] = await response.get_json()
    return hits


async def test_solr_answers_if_there_is_one(server: Client) -> None:
    (only,) = await found(server, "/search/artist?query=inkwell")
    assert only["id"] == BEN  # which the database does not know


@pytest.mark.parametrize(
    "fail",
    [
        lambda solr: solr.hangs(),
        lambda solr: solr.delays(10 * PATIENCE),
        lambda solr: solr.breaks(),
        lambda solr: solr.fails_with(500),
        lambda solr: solr.fails_with(429),
        lambda solr: solr.fails_with(404),
        lambda solr: solr.answers_html(),
        lambda solr: solr.answers_garbage(),
        lambda solr: solr.answers(b""),
        lambda solr: solr.answers(b"{}"),
        lambda solr: solr.answers_nulls(),
        lambda solr: solr.cuts_connection(),
    ],
)
async def test_when_solr_fails_the_database_answers(
    server: Client, solr: Solr, fail: Callable[[Solr], None]
) -> None:
    fail(solr)
    hits = await found(server, ALL)
    assert hits[0]["artist"]["id"] == ADA
    assert hits[1]["album"]["id"] == INKWELL


async def test_an_index_that_is_not_there_is_passed_over(
    client_of: MakeClient, edge_catalogue: Database, tmp_path: Path
) -> None:
    server = await client_of(
        DATABASE=edge_catalogue, SEARCH_BACKEND="index", SEARCH_INDEX_DIR=str(tmp_path)
    )
    hits = await found(server, ALL)
    assert hits[0]["artist"]["id"] == ADA


async def test_solr_cannot_be_chosen_without_its_address(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    with pytest.raises(ConfigurationError, match="SOLR_URL"):
        await client_of(DATABASE=edge_catalogue, SEARCH_BACKEND="solr")
