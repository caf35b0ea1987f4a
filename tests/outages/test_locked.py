"""A table that somebody locks takes down what needs it, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg

from tests.outages.catalogue import COLD, WARM
from tests.outages.load import Load, Stream, over_and_over
from tests.serving import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.outages.conftest import Product
    from tests.serving import Serving

MEANWHILE = 1.5  # seconds
QUICK = 1.0  # seconds
SEARCH = 1.75  # seconds for the one in an hour who waits for a search for changes to begin with


@contextmanager
def locked(url: str, table: str) -> Iterator[Callable[[], int]]:
    """Nobody else gets at this table. Gives what counts those who try."""
    with asyncio.Runner() as runner:
        holder = runner.run(asyncpg.connect(url))
        runner.run(holder.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        try:
            yield lambda: int(runner.run(holder.fetchval(waiting)))
        finally:
            runner.run(holder.close())


def asked_meanwhile(
    server: Serving, waiting: Callable[[], int], stuck: str, other: str, routes: list[str]
) -> None:
    """With many who need what is locked, others get what does not, at once."""
    cold = [path for path in COLD if path.startswith(f"/{other}/")]
    warm = [path for path in WARM if path.startswith(f"/{other}/")]
    needing = [path for path in COLD if path.startswith(f"/{stuck}/")]
    with Load(
        server.port,
        Stream("stuck", needing[:24], 24),
        Stream("cold", cold, 10),
        Stream("warm", over_and_over(warm), 10),
        Stream("routes", over_and_over(routes), 20),
    ) as load:
        assert until(waiting), "nobody needs the table"
        load.goes_on(MEANWHILE)
        assert waiting(), "the lock is over too early"
    asked = [*load.of("cold"), *load.of("warm"), *load.of("routes")]
    assert {one.status for one in asked} == {200}
    slow = [one for one in asked if one.took >= QUICK]
    assert not [one for one in slow if not one.path.startswith("/recent/")]
    assert len(slow) <= 1
    assert all(one.took < SEARCH for one in slow)


def test_a_locked_table_of_the_cache_delays_none_but_those_who_need_it(product: Product) -> None:
    with product.serving(MEMORY_CACHE_BYTES="0") as server:
        product.warm(server)
        with locked(product.cache_url, "lidarrmetadata_cache.artist") as waiting:
            asked_meanwhile(server, waiting, "artist", "album", ["/", "/recent/album"])


def test_albums_that_hang_and_use_up_connections_delay_nobody_else(product: Product) -> None:
    catalogue = product.servers.musicbrainz.address.dsn("catalogue")
    with product.serving() as server:
        product.warm(server)
        with locked(catalogue, "musicbrainz.track") as waiting:
            routes = ["/", "/recent/artist", "/recent/album"]
            asked_meanwhile(server, waiting, "album", "artist", routes)
