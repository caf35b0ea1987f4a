"""Lidarr is told what to look at again, and never anything that breaks it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.cache.conftest import locked as locked_in_cache
from tests.catalogue import edge_cases as edge
from tests.changing import Place, error_of, place, posted, recent
from tests.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

KEYS = ["since", "count", "limited", "items"]
MOST = 10_000
SOON = 6.0
KINDS = ["artist", "album"]


@pytest.fixture
async def own(postgres: PostgresAddress) -> AsyncIterator[Place]:
    async with place(postgres) as made:
        yield made


@pytest.fixture
async def server(client_of: MakeClient, own: Place) -> Client:
    """A server that looks for changes."""
    server = await client_of(**{**own.settings(), "ANSWER_BUDGET": 2.0})
    await posted(server, "/invalidate")
    # So that it has been looking for longer than anybody here asks for.
    await own.keeper.execute("UPDATE lidarrmetadata_cache.migration SET applied = '2000-01-01Z'")
    return server


async def add(own: Place, kind: str, ids: dict[str, datetime]) -> None:
    """Entries of these ids that changed then."""
    await own.keeper.execute(f"ALTER TABLE lidarrmetadata_cache.{kind} DISABLE TRIGGER USER")
    await own.keeper.execute(
        f"INSERT INTO lidarrmetadata_cache.{kind} (key, expires, updated, value)"
        " SELECT key, 'infinity', at, '' FROM unnest($1::text[], $2::timestamptz[]) AS a (key, at)",
        list(ids),
        list(ids.values()),
    )
    await own.keeper.execute(f"ALTER TABLE lidarrmetadata_cache.{kind} ENABLE TRIGGER USER")


NEWS = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATE = NEWS + timedelta(hours=1)


async def test_an_answer_looks_as_the_official_server_s_does(server: Client, own: Place) -> None:
    official = json.loads(
        shared_data("captures/recent-artist_since-1752000000.json").read_text("utf-8")
    )
    await add(own, "artist", {edge.BEN: NEWS})
    answer = await recent(server, "artist", "1752000000")
    assert list(answer) == list(official) == KEYS
    for key, value in official.items():
        assert type(answer[key]) is type(value)
    assert type(answer["items"][0]) is type(official["items"][0])
    assert datetime.fromisoformat(answer["since"]).tzinfo


@pytest.mark.parametrize("kind", KINDS)
async def test_items_are_ids_the_newest_first(server: Client, own: Place, kind: str) -> None:
    await add(own, kind, {edge.ADA: NEWS, edge.BEN: LATE})
    since = str(int((NEWS - timedelta(hours=1)).timestamp()))
    response = await server.get(f"/recent/{kind}?since={since}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert await response.get_json() == {
        "since": "2026-11-01T11:00:00+00:00",
        "count": 2,
        "limited": False,
        "items": [edge.BEN, edge.ADA],
    }


SINCE = {
    "seconds": "1793538000",
    "a float": "1793538000.0",
    "ISO with Z": "2026-11-01T13:00:00Z",
    "ISO with a zone": "2026-11-01T13:00:00%2B00:00",
    "a plus sign that arrives as a space": "2026-11-01T13:00:00+00:00",
    "another zone": "2026-11-01T14:30:00%2B01:30",
    "ISO without a zone": "2026-11-01T13:00:00",
    "without seconds": "2026-11-01%2013:00",
}


@pytest.mark.parametrize("since", SINCE.values(), ids=SINCE)
async def test_since_is_understood_as_clients_write_it(
    server: Client, own: Place, since: str
) -> None:
    await add(own, "artist", {edge.ADA: NEWS, edge.BEN: LATE + timedelta(seconds=1)})
    answer = await recent(server, "artist", since)
    assert answer["since"] == "2026-11-01T13:00:00+00:00"
    assert answer["items"] == [edge.BEN]


async def test_what_changed_in_the_minute_before_is_told_once_more(
    server: Client, own: Place
) -> None:
    """It may not have shown yet when the client last asked."""
    await add(own, "artist", {edge.BEN: NEWS})
    for seconds, items in ((30, [edge.BEN]), (61, [])):
        since = str((NEWS + timedelta(seconds=seconds)).timestamp())
        assert (await recent(server, "artist", since))["items"] == items


@pytest.mark.parametrize("query", ["", "?since=", "?since", "?x=1"])
async def test_without_since_it_is_the_last_day(server: Client, own: Place, query: str) -> None:
    now = datetime.now(UTC)
    ids = {edge.BEN: now - timedelta(hours=23), edge.ADA: now - timedelta(hours=25)}
    await add(own, "artist", ids)
    response = await server.get(f"/recent/artist{query}")
    answer = await response.get_json()
    assert answer["items"] == [edge.BEN]
    assert not answer["limited"]


@pytest.mark.parametrize("since", ["-1", "-99999999999", "0001-01-01", "0"])
async def test_a_since_of_before_the_beginning_is_everything_and_limited(
    server: Client, own: Place, since: str
) -> None:
    await add(own, "artist", {edge.BEN: NEWS})
    answer = await recent(server, "artist", since)
    assert answer["items"] == [edge.BEN]
    assert answer["limited"]
    assert answer["since"] == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize("since", ["99999999999", "9999-12-31T23:59:59Z"])
async def test_in_the_future_there_is_nothing(server: Client, own: Place, since: str) -> None:
    await add(own, "artist", {edge.BEN: NEWS})
    assert (await recent(server, "artist", since))["items"] == []


@pytest.mark.parametrize(
    "since",
    [
        "abc",
        "%00",
        "%FF",
        "NaN",
        "inf",
        "1e9",
        "0x10",
        "9" * 20,
        "9" * 5000,
        "1752000000000",  # milliseconds
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "2026-07-20T02:00:34+99:00",
        "yesterday",
        "-",
        ".",
        "%D9%A1%D9%A7",  # Arabic digits
    ],
)
async def test_a_since_that_is_no_time_is_400(
    client_of: MakeClient, edge_catalogue: Database, since: str
) -> None:
    server = await client_of(DATABASE=edge_catalogue)
    for kind in KINDS:
        answer = await error_of(await server.get(f"/recent/{kind}?since={since}"), 400)
        assert "since" in answer
        assert len(answer) < 300


async def test_a_retired_id_is_told_beside_its_successor(server: Client, own: Place) -> None:
    for mbid in (edge.ADA, edge.ADA_MERGED):
        await server.artist(mbid)
    since = str(datetime.now(UTC).timestamp())
    await own.rename("artist", edge.ADA, "Ada Pen")
    await posted(server, f"/artist/{edge.ADA}/refresh")
    assert set((await recent(server, "artist", since))["items"]) == {edge.ADA, edge.ADA_MERGED}


async def test_an_artist_is_no_album(server: Client, own: Place) -> None:
    await add(own, "artist", {edge.BEN: NEWS})
    assert (await recent(server, "album"))["items"] == []


async def test_being_made_anew_the_same_is_no_news(server: Client, own: Place) -> None:
    await server.artist(edge.BEN)
    await posted(server, f"/artist/{edge.BEN}/refresh")
    before = await own.announced("artist")
    await posted(server, f"/artist/{edge.BEN}/refresh")
    assert await own.announced("artist") == before


async def test_of_more_than_ten_thousand_the_newest_are_listed_and_since_is_the_oldest_of_them(
    server: Client, own: Place
) -> None:
    ids = {f"id-{number}": NEWS - timedelta(seconds=number) for number in range(MOST)}
    await add(own, "album", ids)
    since = str((NEWS - timedelta(days=1)).timestamp())
    answer = await recent(server, "album", since)
    assert (answer["count"], answer["limited"]) == (MOST, False)
    assert answer["since"] == "2026-10-31T12:00:00+00:00"
    oldest = NEWS - timedelta(seconds=MOST - 1)
    await add(own, "album", {"one more": NEWS - timedelta(seconds=MOST)})
    answer = await recent(server, "album", since)
    assert (answer["count"], answer["limited"]) == (MOST, True)
    assert answer["items"] == list(ids)
    assert answer["since"] == oldest.isoformat()


async def test_before_the_records_begin_it_is_limited(server: Client, own: Place) -> None:
    await own.keeper.execute("UPDATE lidarrmetadata_cache.migration SET applied = $1", NEWS)
    for moment, limited in ((NEWS - timedelta(minutes=2), True), (NEWS, False)):
        answer = await recent(server, "artist", str(moment.timestamp()))
        assert answer["limited"] is limited


def nothing(since: str) -> dict[str, Any]:
    return {"since": since, "count": 0, "limited": True, "items": []}


async def assert_nothing(server: Client) -> None:
    """It is told that nothing can be told, in time."""
    async with asyncio.timeout(SOON):
        for kind in KINDS:
            response = await server.get(f"/recent/{kind}?since=1793538000")
            assert response.status_code == 200
            assert await response.get_json() == nothing("2026-11-01T13:00:00+00:00")


async def test_without_a_cache_database_nothing_can_be_told(
    client_of: MakeClient, own: Place
) -> None:
    await assert_nothing(await client_of(DATABASE=own.catalogue))


async def test_a_cache_database_that_is_down_is_nothing_told(server: Client, own: Place) -> None:
    await add(own, "artist", {edge.BEN: LATE})
    async with own.without_cache():
        await assert_nothing(server)
        await error_of(await server.get("/recent/artist?since=abc"), 400)
    answer = await recent(server, "artist", "1793538000")
    assert answer["items"] == [edge.BEN]


@pytest.mark.parametrize("table", ["progress", "migration"])
async def test_a_cache_database_that_is_locked_is_nothing_told(
    server: Client, own: Place, table: str
) -> None:
    async with locked_in_cache(own.cache, table):
        await assert_nothing(server)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_locked_table_is_nothing_told_of_it(server: Client, own: Place, kind: str) -> None:
    async with locked_in_cache(own.cache, kind), asyncio.timeout(SOON):
        assert await recent(server, kind, "1793538000") == nothing("2026-11-01T13:00:00+00:00")
        (other,) = set(KINDS) - {kind}
        assert not (await recent(server, other, "1793538000"))["limited"]


async def test_a_schema_that_is_gone_is_nothing_told_and_made_again(
    server: Client, own: Place
) -> None:
    await own.keeper.execute("DROP SCHEMA lidarrmetadata_cache CASCADE")
    await assert_nothing(server)
    assert (await recent(server, "artist", "1793538000"))["limited"]


async def test_without_the_catalogue_what_is_known_is_told(server: Client, own: Place) -> None:
    await add(own, "artist", {edge.BEN: LATE})
    async with own.without_catalogue():
        answer = await recent(server, "artist", "1793538000")
    assert answer["items"] == [edge.BEN]


@pytest.mark.parametrize("kind", KINDS)
async def test_shared_caches_keep_it_for_minutes_at_most_and_not_while_the_server_is_down(
    server: Client, own: Place, kind: str
) -> None:
    for query in ("", "?since=1793538000"):
        control = (await server.get(f"/recent/{kind}{query}")).headers["Cache-Control"]
        seconds = dict(part.strip().partition("=")[::2] for part in control.split(","))
        assert 0 <= int(seconds["s-maxage"]) <= 300
        assert seconds["max-age"] == "0"
        assert not {"stale-if-error", "stale-while-revalidate"} & set(seconds)


async def test_it_is_not_kept_in_memory(server: Client, own: Place) -> None:
    assert (await recent(server, "artist"))["items"] == []
    await add(own, "artist", {edge.BEN: NEWS})
    assert (await recent(server, "artist"))["items"] == [edge.BEN]


async def test_a_long_list_is_sent_compressed(server: Client, own: Place) -> None:
    await add(own, "artist", {f"id-{number}": NEWS for number in range(1000)})
    response = await server.get("/recent/artist?since=0", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
