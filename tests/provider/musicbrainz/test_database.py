"""How a database is used: few statements, never written to, many ids at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.settings import load_config
from tests.catalogue import edge_cases as edge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.dumps import Database

NO_SUCH = "00000000-0000-4000-8000-000000000000"
MOST_STATEMENTS = 8
TOOLS = Tools.of_this_process(SystemClock())


@pytest.fixture
async def provider(edge_catalogue: Database) -> AsyncIterator[MusicbrainzDbProvider]:
    provider = MusicbrainzDbProvider(load_config(environ={}, DATABASE=edge_catalogue), TOOLS)
    await provider.open()
    yield provider
    await provider.close()


async def statements(provider: MusicbrainzDbProvider) -> list[str]:
    """The statements that the provider's one idle connection runs from now on."""
    ran: list[str] = []
    assert provider._pool is not None

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        if not query.query.startswith(("BEGIN", "COMMIT", "SELECT pg_advisory_unlock_all")):
            ran.append(query.query)

    async with provider._pool.acquire() as connection:
        connection.add_query_logger(note)
    return ran


@pytest.mark.parametrize("ids", [[edge.INKWELL], [edge.INKWELL, edge.GUESTS, edge.COMPILATION]])
async def test_albums_take_eight_statements_however_many(
    provider: MusicbrainzDbProvider, ids: list[str]
) -> None:
    await provider.albums(ids)
    ran = await statements(provider)
    found = await provider.albums(ids)
    assert set(found.documents) == set(ids)
    assert 0 < len(ran) <= MOST_STATEMENTS


async def test_artists_take_fewer(provider: MusicbrainzDbProvider) -> None:
    ids = [edge.ADA, edge.BEN, edge.VARIOUS_ARTISTS]
    await provider.artists(ids, albums=True)
    ran = await statements(provider)
    found = await provider.artists(ids, albums=True)
    assert set(found.documents) == set(ids)
    assert 0 < len(ran) <= MOST_STATEMENTS // 2


async def test_what_is_there_what_is_not_and_what_was_merged_are_told_apart(
    provider: MusicbrainzDbProvider,
) -> None:
    found = await provider.artists([edge.ADA, edge.ADA_MERGED, NO_SUCH], albums=False)
    assert set(found.documents) == {edge.ADA, edge.ADA_MERGED}
    assert found.documents[edge.ADA_MERGED]["id"] == edge.ADA
    assert found.unknown == {NO_SUCH}


async def test_asked_for_nothing_it_finds_nothing(provider: MusicbrainzDbProvider) -> None:
    assert (await provider.artists([], albums=True)).documents == {}
    assert (await provider.albums([])).documents == {}


async def test_its_connections_cannot_write(provider: MusicbrainzDbProvider) -> None:
    assert provider._pool is not None
    async with provider._pool.acquire() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("DELETE FROM musicbrainz.artist")


async def test_at_most_as_many_connections_as_the_setting_says(edge_catalogue: Database) -> None:
    config = load_config(
        environ={}, DATABASE=edge_catalogue, DATABASE_POOL_MAX=1, DATABASE_ACQUIRE_TIMEOUT=0.2
    )
    provider = MusicbrainzDbProvider(config, TOOLS)
    await provider.open()
    assert provider._pool is not None
    async with provider._pool.acquire():
        with pytest.raises(ProviderUnavailable):
            await provider.albums([edge.INKWELL])
    assert (await provider.albums([edge.INKWELL])).documents
    await provider.close()


async def test_a_statement_that_takes_too_long_is_given_up(edge_catalogue: Database) -> None:
    config = load_config(environ={}, DATABASE=edge_catalogue, MUSICBRAINZ_TIMEOUT=0.3)
    provider = MusicbrainzDbProvider(config, TOOLS)
    await provider.open()
    locking = await asyncpg.connect(**edge_catalogue)
    async with locking.transaction():
        await locking.execute("LOCK TABLE musicbrainz.release")
        with pytest.raises(ProviderUnavailable, match="cannot answer"):
            await provider.albums([edge.INKWELL])
    await locking.close()
    assert (await provider.albums([edge.INKWELL])).documents
    await provider.close()


async def test_closed_it_is_unavailable(edge_catalogue: Database) -> None:
    provider = MusicbrainzDbProvider(load_config(environ={}, DATABASE=edge_catalogue), TOOLS)
    with pytest.raises(ProviderUnavailable):
        await provider.vintage()


async def test_it_knows_how_new_its_data_is(provider: MusicbrainzDbProvider) -> None:
    assert provider.last_vintage is None
    vintage = await provider.vintage()
    assert vintage.schema_sequence == 31
    assert vintage.replicated is not None
    assert provider.last_vintage == vintage
