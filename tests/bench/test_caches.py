from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
import redis

from bench import servers
from bench.caches import Caches, ForgetfulClient, caches
from bench.measure import check
from lidarrmetadata.cache.codec import decode, encode
from lidarrmetadata.cache.migrate import migrate
from tests.catalogue.edge_cases import ADA, INKWELL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.target import Target

MBID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def kept() -> Iterator[Caches]:
    with caches() as servers:
        yield servers


def execute(kept: Caches, sql: str) -> list[asyncpg.Record]:
    async def do() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(kept.settings["CACHE__POSTGRES_URL"])
        try:
            await migrate(connection)
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(do())


def keep_one(kept: Caches) -> None:
    value = encode({"document": {"id": MBID, "artistname": "Ada"}, "complete": True})
    execute(
        kept,
        "INSERT INTO lidarrmetadata_cache.artist (key, expires, value)"
        f" VALUES ('{MBID}', '2050-01-01', '\\x{value.hex()}')",
    )
    with redis.Redis.from_url(kept.settings["CACHE__REDIS_URL"]) as valkey:
        valkey.set("document", "value")


def test_before_the_servers_first_write_there_is_nothing_to_forget_or_copy() -> None:
    with caches() as empty:
        empty.forget()
        assert empty.count("artist") == 0
        assert empty.copies("artist", MBID, 3) == []


def test_documents_are_forgotten_in_both_and_what_services_said_is_not(kept: Caches) -> None:
    keep_one(kept)
    execute(
        kept,
        "INSERT INTO lidarrmetadata_cache.fanart (key, expires, value)"
        " VALUES ('images', '2050-01-01', 'said')",
    )
    kept.settle("artist")
    assert kept.count("artist") == 1
    kept.forget()
    assert kept.count("artist") == 0
    assert kept.count("fanart") == 1
    with redis.Redis.from_url(kept.settings["CACHE__REDIS_URL"]) as valkey:
        assert valkey.dbsize() == 0


def test_copies_are_the_same_document_under_other_ids(kept: Caches) -> None:
    kept.forget()
    assert kept.copies("artist", MBID, 3) == []
    keep_one(kept)
    ids = kept.copies("artist", MBID, 3)
    rows = execute(kept, "SELECT key, expires, value FROM lidarrmetadata_cache.artist")
    assert {row["key"] for row in rows} == {MBID, *ids}
    assert len(ids) == 3
    for row in rows:
        assert decode(row["value"]) == {
            "document": {"id": row["key"], "artistname": "Ada"},
            "complete": True,
        }
    assert len({row["expires"] for row in rows}) == 1


def test_keys_that_were_found_in_valkey_are_counted(kept: Caches) -> None:
    before = kept.redis_hits
    with redis.Redis.from_url(kept.settings["CACHE__REDIS_URL"]) as valkey:
        valkey.set("there", "value")
        valkey.get("there")
        valkey.get("not there")
    assert kept.redis_hits == before + 1


def test_a_forgetful_client_gets_nothing_that_was_kept(kept: Caches, edge_target: Target) -> None:
    paths = [f"/artist/{ADA}", f"/album/{INKWELL}"] * 5
    with servers.product(edge_target, kept=kept) as port, ForgetfulClient(port, kept) as client:
        before = kept.redis_hits
        for path in paths:
            check(path, client.get(path)[1])
        assert kept.redis_hits == before
