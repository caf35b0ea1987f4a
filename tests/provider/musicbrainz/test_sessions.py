"""One table that somebody else has to himself stops those who need it, and nobody else."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.settings import load_config
from lidarrmetadata.statements import statement
from tests import dumps
from tests.catalogue import edge_cases as edge
from tests.provider.musicbrainz.conftest import locked, operator

if TYPE_CHECKING:
    import asyncpg

    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

NO_SUCH = "00000000-0000-4000-8000-000000000000"
LOCK_TIMEOUT = 1.0  # seconds that a statement waits for a table
MARGIN = 0.8
TOOLS = Tools.of_this_process(SystemClock())

numbers = count()


@pytest.fixture
def database(postgres: PostgresAddress) -> Database:
    return dumps.create(postgres, f"sessions_{next(numbers)}", edge.edge_cases().write)


@pytest.fixture
async def provider(provider_of: ProviderOf, database: Database) -> MusicbrainzDbProvider:
    """One that has looked its database over."""
    provider = await provider_of(database)
    await provider.artists([edge.ADA], albums=True)
    return provider


class Watched(MusicbrainzDbProvider):
    """Counts how often it looks its database over."""

    looks = 0

    async def _forget(self, connection: Any) -> None:
        await super()._forget(connection)
        connection.add_query_logger(self._note)

    def _note(self, sent: asyncpg.connection.LoggedQuery) -> None:
        self.looks += sent.query == statement("musicbrainz/columns")


@pytest.mark.parametrize("due", [False, True], ids=["while trusted", "when a look-over is due"])
async def test_artists_come_while_a_table_of_albums_is_locked(
    provider: MusicbrainzDbProvider, database: Database, due: bool
) -> None:
    async with locked(database, "track"):
        if due:
            provider._belief.doubt()
        began = monotonic()
        found = await provider.artists([edge.ADA, edge.BEN], albums=True)
        assert monotonic() - began < LOCK_TIMEOUT
        assert set(found.documents) == {edge.ADA, edge.BEN}
        assert (await provider.vintage()).schema_sequence == 31


async def test_albums_are_unavailable_as_soon_as_the_lock_is_seen_to_last(
    provider: MusicbrainzDbProvider, database: Database
) -> None:
    async with locked(database, "track"):
        began = monotonic()
        with pytest.raises(ProviderUnavailable, match="lock timeout"):
            await provider.albums([edge.INKWELL])
        assert LOCK_TIMEOUT - 0.1 < monotonic() - began < LOCK_TIMEOUT + MARGIN
    assert (await provider.albums([edge.INKWELL])).documents


async def test_nothing_is_said_not_to_exist_while_it_cannot_be_looked_over(
    provider: MusicbrainzDbProvider, database: Database
) -> None:
    async with locked(database, "track"):
        with pytest.raises(ProviderUnavailable):
            await provider.artists([NO_SUCH], albums=True)
        found = await provider.artists([edge.ADA, NO_SUCH], albums=True)
        assert set(found.documents) == {edge.ADA}
        assert found.unknown == frozenset()
        with pytest.raises(ProviderUnavailable):
            await provider.albums([NO_SUCH])
    assert (await provider.artists([NO_SUCH], albums=True)).unknown == {NO_SUCH}


async def test_a_database_never_looked_over_is_not_believed_behind_a_lock(
    provider_of: ProviderOf, database: Database
) -> None:
    provider = await provider_of(database)
    async with locked(database, "track"):
        began = monotonic()
        asked = [provider.artists([edge.ADA], albums=True) for _ in range(8)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(answer, ProviderUnavailable) for answer in answers)
        assert monotonic() - began < 2 * (LOCK_TIMEOUT + MARGIN)  # they do not wait in turn
    assert (await provider.artists([edge.ADA], albums=True)).documents


async def test_other_files_are_not_believed_behind_a_lock(
    provider: MusicbrainzDbProvider, database: Database
) -> None:
    async with operator(database) as other:
        await other.execute("VACUUM FULL release")
    async with locked(database, "track"):
        with pytest.raises(ProviderUnavailable):
            await provider.artists([edge.ADA], albums=True)


async def test_what_was_found_amiss_is_not_believed_behind_a_lock(
    provider: MusicbrainzDbProvider, database: Database
) -> None:
    async with operator(database) as other:
        await other.execute("ALTER TABLE track DROP COLUMN is_data_track")
        provider._belief.doubt()
        with pytest.raises(ProviderUnavailable, match="is_data_track"):
            await provider.artists([edge.ADA], albums=True)
        await other.execute("ALTER TABLE track ADD COLUMN is_data_track bool")
    async with locked(database, "track"):
        with pytest.raises(ProviderUnavailable):
            await provider.artists([edge.ADA], albums=True)


async def test_albums_that_hang_delay_neither_artists_nor_the_vintage(
    provider: MusicbrainzDbProvider, database: Database
) -> None:
    async with locked(database, "track"):
        hanging = [asyncio.create_task(provider.albums([edge.INKWELL])) for _ in range(30)]
        for _ in range(5):
            began = monotonic()
            assert (await provider.artists([edge.ADA], albums=True)).documents
            assert await provider.vintage()
            assert monotonic() - began < LOCK_TIMEOUT / 2
        assert not all(task.done() for task in hanging)
        answers = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(answer, ProviderUnavailable) for answer in answers)


async def test_waiting_for_a_turn_and_a_connection_takes_no_longer_than_the_setting_says(
    provider_of: ProviderOf, database: Database
) -> None:
    provider = await provider_of(database, DATABASE_POOL_MAX=4, DATABASE_ACQUIRE_TIMEOUT=0.3)
    await provider.albums([edge.INKWELL])
    async with locked(database, "track"):
        hanging = asyncio.create_task(provider.albums([edge.INKWELL]))
        await asyncio.sleep(0)
        began = monotonic()
        with pytest.raises(ProviderUnavailable, match="no connection was free for albums"):
            await provider.albums([edge.INKWELL])
        assert 0.2 < monotonic() - began < 0.3 + MARGIN
        with pytest.raises(ProviderUnavailable, match="lock timeout"):
            await hanging


async def test_connections_made_together_share_one_look_over(database: Database) -> None:
    provider = Watched(load_config(environ={}, DATABASE=database), TOOLS)
    await provider.open()
    await asyncio.gather(*(provider.artists([edge.ADA], albums=True) for _ in range(20)))
    assert provider._pool is not None
    assert provider._pool.get_size() > 1
    await provider.close()
    assert provider.looks == 1


async def test_another_server_is_looked_over_at_once(
    provider_of: ProviderOf, system_postgres: PostgresAddress, database: Database
) -> None:
    """Even if its files go by the same numbers."""
    provider = await provider_of(database)
    await provider.artists([edge.ADA], albums=True)
    known = provider._belief.catalogue
    async with operator(dumps.at(system_postgres, "postgres")) as elsewhere:
        await provider._forget(elsewhere)
    await provider.artists([edge.ADA], albums=True)
    assert provider._belief.catalogue is not known


async def test_a_lock_is_logged_once_however_artists_and_albums_alternate(
    provider: MusicbrainzDbProvider, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with locked(database, "track"):
        for _ in range(2):
            with pytest.raises(ProviderUnavailable):
                await provider.albums([edge.INKWELL])
            await provider.artists([edge.ADA], albums=True)
    assert caplog.text.count("event=database_unavailable") == 1
    assert "event=database_available" not in caplog.text
    await provider.albums([edge.INKWELL])
    assert caplog.text.count("event=database_available") == 1
