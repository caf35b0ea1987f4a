"""How many connections to PostgreSQL a process takes, and that the next one finds some."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import asyncpg

from tests.outages.load import Load, Stream

if TYPE_CHECKING:
    from tests.outages.conftest import Product
    from tests.serving import Serving

MOST = 20  # connections of a process, to all databases
BURST = 100  # documents asked for at once
SECONDS = 1.0


def connections(product: Product) -> int:
    """Connections of all our processes, which keep them for minutes once they have them."""
    counting = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lidarr-metadata%'"
    )

    async def count() -> int:
        found = 0
        for server in (product.servers.cache, product.servers.musicbrainz):
            connection = await asyncpg.connect(server.address.dsn("postgres"))
            found += await connection.fetchval(counting)
            await connection.close()
        return found

    return asyncio.run(count())


def burst(product: Product, *servers: Serving) -> None:
    """As many documents as that of each, none of which anybody has asked for."""
    with ExitStack() as stack:
        loads = [
            stack.enter_context(Load(server.port, Stream("cold", product.take(BURST), 10 * BURST)))
            for server in servers
        ]
        loads[-1].goes_on(SECONDS)
    assert {asked.status for load in loads for asked in load.of("cold")} == {200}


def test_a_second_process_finds_connections(product: Product) -> None:
    with product.serving() as one:
        burst(product, one)
        alone = connections(product)
        assert 2 < alone <= MOST
        with product.serving() as other:
            burst(product, one, other)
            assert alone < connections(product) <= 2 * MOST
