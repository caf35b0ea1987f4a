"""Documents are looked up anew when somebody says so, and what there was stays until then."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.cache.valkey_server import valkey as valkey
from tests.catalogue import edge_cases as edge
from tests.catalogue.entities import mbid_of
from tests.changing import ELSEWHERE, HERE, error_of, place, post, posted, recent
from tests.clock import ManualClock
from tests.eventually import eventually
from tests.provider.musicbrainz.conftest import locked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet
    from tests.resilience.test_limit_redis import Valkey

UNKNOWN = "00000000-0000-4000-8000-00000000dead"
ASKED = ("fanart", "theaudiodb", "wikidata", "wikipedia")
BEN_REFRESH = f"/artist/{edge.BEN}/refresh"
# Longer than a busy machine takes: no source is given up.
UNHURRIED = dict.fromkeys(("FANART_TIMEOUT", "THEAUDIODB_TIMEOUT", "WIKIPEDIA_TIMEOUT"), 15.0)
MOST = 10_000
SOON = 10.0


@pytest.fixture
async def own(postgres: PostgresAddress) -> AsyncIterator[Place]:
    async with place(postgres) as made:
        yield made


@pytest.fixture
async def server(client_of: MakeClient, own: Place) -> Client:
    return await client_of(**own.settings())


async def name_of(server: Client) -> str:
    name = (await server.artist(edge.BEN))["artistname"]
    assert isinstance(name, str)
    return name


async def kept_in_time(own: Place, kind: str, mbid: str) -> None:
    """Wait until a document is in the cache's database: nobody who asks for one waits for that."""

    async def is_kept() -> bool:
        return mbid in await own.kept(kind)

    await eventually(is_kept)


# One document.


async def test_a_refresh_shows_what_the_catalogue_says_now(server: Client, own: Place) -> None:
    assert await name_of(server) == "Ben Rushlight"
    await own.rename("artist", edge.BEN, "Ben Candle")
    assert await name_of(server) == "Ben Rushlight"
    assert await posted(server, BEN_REFRESH) == {"id": edge.BEN, "changed": True}
    assert await name_of(server) == "Ben Candle"
    assert await posted(server, BEN_REFRESH) == {"id": edge.BEN, "changed": False}


async def test_an_album_is_refreshed_as_an_artist_is(server: Client, own: Place) -> None:
    path = f"/album/{edge.INKWELL.upper()}/refresh"
    await server.album(edge.INKWELL)
    await own.rename("release_group", edge.INKWELL, "Inkpot")
    assert await posted(server, path) == {"id": edge.INKWELL, "changed": True}
    assert (await server.album(edge.INKWELL))["title"] == "Inkpot"
    assert await posted(server, path) == {"id": edge.INKWELL, "changed": False}


async def test_what_was_never_asked_for_counts_as_changed(server: Client, own: Place) -> None:
    assert await posted(server, BEN_REFRESH) == {"id": edge.BEN, "changed": True}
    assert await own.kept("artist") == {edge.BEN}


async def test_a_refresh_asks_all_sources_anew(
    client_of: MakeClient, own: Place, internet: Internet
) -> None:
    internet.knows_everything = True
    server = await client_of(**{**own.settings(), **internet.settings(), **UNHURRIED})
    await server.artist(edge.ADA)
    await kept_in_time(own, "artist", edge.ADA)
    internet.forget()
    await server.artist(edge.ADA)
    assert [internet.services[name].total for name in ASKED] == [0, 0, 0, 0]
    path = f"/artist/{edge.ADA}/refresh"
    assert await posted(server, path) == {"id": edge.ADA, "changed": False}
    assert [internet.services[name].total for name in ASKED] == [1, 1, 1, 1]
    internet.facts.artist(edge.ADA, tadb={"strBiographyEN": "Ada has moved."})
    internet.facts.artist(edge.ADA, fanart={"musicbanner": ["https://assets.fanart.tv/b.jpg"]})
    assert await posted(server, path) == {"id": edge.ADA, "changed": True}
    assert "https://assets.fanart.tv/b.jpg" in str(await server.artist(edge.ADA))


async def test_a_source_that_is_down_takes_nothing_away(
    client_of: MakeClient, own: Place, internet: Internet
) -> None:
    internet.knows_everything = True
    server = await client_of(
        ManualClock(), **{**own.settings(), **internet.settings(), **UNHURRIED}
    )
    before = await server.artist(edge.ADA)
    assert before["images"]
    assert before["overview"]
    await kept_in_time(own, "artist", edge.ADA)
    for name in ASKED:
        internet.services[name].fails_with(404 if name == "wikidata" else 401)
    path = f"/artist/{edge.ADA}/refresh"
    assert await posted(server, path) == {"id": edge.ADA, "changed": False}
    assert await server.artist(edge.ADA) == before


async def test_the_old_answer_is_served_at_once_while_a_refresh_hangs(
    client_of: MakeClient, own: Place, internet: Internet
) -> None:
    internet.knows_everything = True
    server = await client_of(**{**own.settings(), **internet.settings(), "FANART_TIMEOUT": 50.0})
    before = await server.artist(edge.ADA)
    await kept_in_time(own, "artist", edge.ADA)
    other = await client_of(**{**own.settings(), **internet.settings(), **UNHURRIED})
    internet.facts.artist(edge.ADA, fanart={"musicbanner": ["https://assets.fanart.tv/b.jpg"]})
    internet.forget()
    internet.fanart.hangs()
    refreshing = asyncio.create_task(posted(server, f"/artist/{edge.ADA}/refresh"))
    await internet.fanart.asked()
    async with asyncio.timeout(1):
        for asked in (server, server, other):
            assert await asked.artist(edge.ADA) == before
    assert not refreshing.done()
    internet.fanart.recovers()
    async with asyncio.timeout(SOON):
        assert await refreshing == {"id": edge.ADA, "changed": True}
    assert "https://assets.fanart.tv/b.jpg" in str(await server.artist(edge.ADA))


async def test_fifty_who_refresh_the_same_at_once_cost_one_request_a_source(
    client_of: MakeClient, own: Place, internet: Internet
) -> None:
    internet.knows_everything = True
    server = await client_of(**{**own.settings(), **internet.settings(), **UNHURRIED})
    for name in ASKED:
        internet.services[name].delays(0.1)
    path = f"/artist/{edge.ADA}/refresh"
    answers = await asyncio.gather(*(posted(server, path) for _ in range(50)))
    assert {answer["id"] for answer in answers} == {edge.ADA}
    assert [internet.services[name].total for name in ASKED] == [1, 1, 1, 1]


async def test_a_merged_id_refreshes_the_document_it_leads_to(server: Client, own: Place) -> None:
    await server.artist(edge.ADA)
    await own.rename("artist", edge.ADA, "Ada Pen")
    path = f"/artist/{edge.ADA_MERGED}/refresh"
    assert await posted(server, path) == {"id": edge.ADA, "changed": True}
    for mbid in (edge.ADA, edge.ADA_MERGED):
        assert (await server.artist(mbid))["artistname"] == "Ada Pen"


async def merge_ben_into_ada(own: Place) -> None:
    ben = await own.editor.fetchval("SELECT id FROM artist WHERE gid = $1", edge.BEN)
    ada = await own.editor.fetchval("SELECT id FROM artist WHERE gid = $1", edge.ADA)
    async with own.editor.transaction():
        await own.editor.execute(
            "UPDATE artist_credit_name SET artist = $1 WHERE artist = $2", ada, ben
        )
        await own.editor.execute("DELETE FROM artist WHERE id = $1", ben)
        await own.editor.execute("INSERT INTO artist_gid_redirect VALUES ($1, $2)", edge.BEN, ada)


@pytest.mark.parametrize("asked", [edge.BEN, edge.ADA])
async def test_after_a_merge_both_ids_show_the_document_once_either_is_refreshed(
    server: Client, own: Place, asked: str
) -> None:
    for mbid in (edge.ADA, edge.BEN):
        await server.artist(mbid)
        await kept_in_time(own, "artist", mbid)
    await merge_ben_into_ada(own)
    assert await posted(server, f"/artist/{asked}/refresh") == {"id": edge.ADA, "changed": True}
    merged = await server.artist(edge.ADA)
    assert {edge.BEN, edge.ADA_MERGED} <= set(merged["oldids"])
    assert await server.artist(edge.BEN) == merged
    assert set((await recent(server, "artist"))["items"]) == {edge.ADA, edge.BEN}


@pytest.mark.parametrize("kind", ["artist", "album"])
async def test_an_unknown_id_is_404_and_leaves_no_trace(
    server: Client, own: Place, kind: str
) -> None:
    for mbid in (UNKNOWN, str(uuid4())):
        assert mbid in await error_of_404(server, f"/{kind}/{mbid}/refresh")
    assert await own.kept(kind) == set()
    assert (await recent(server, kind))["items"] == []


async def error_of_404(server: Client, path: str) -> str:
    response = await post(server, path)
    body = await response.get_json()
    assert response.status_code == 404
    assert list(body) == ["error"]
    return str(body["error"])


@pytest.mark.parametrize("mbid", ["x", "%00", edge.BEN.replace("-", ""), f"{edge.BEN}0"])
async def test_what_is_no_id_is_400(server: Client, mbid: str) -> None:
    for kind in ("artist", "album"):
        assert "not a MusicBrainz id" in await error_of(
            await post(server, f"/{kind}/{mbid}/refresh"), 400
        )


async def test_a_refresh_has_to_be_posted(server: Client) -> None:
    for path in (BEN_REFRESH, f"/album/{edge.INKWELL}/refresh", "/refresh"):
        response = await server.get(path)
        assert "POST" in await error_of(response, 405)
        assert response.headers["Allow"] == "POST"


async def test_without_the_catalogue_it_is_503_and_the_old_answer_stays_until_it_is_back(
    server: Client, own: Place
) -> None:
    await name_of(server)
    await kept_in_time(own, "artist", edge.BEN)
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with own.without_catalogue():
        response = await post(server, BEN_REFRESH)
        await error_of(response, 503)
        assert int(response.headers["Retry-After"]) > 0
        assert await name_of(server) == "Ben Rushlight"

    async def is_new() -> bool:
        return await name_of(server) == "Ben Candle"

    await eventually(is_new)  # as soon as the server has noticed


async def test_without_the_catalogue_what_was_never_asked_for_leaves_no_trace(
    server: Client, own: Place
) -> None:
    async with own.without_catalogue():
        await error_of(await post(server, BEN_REFRESH), 503)
    assert await own.kept("artist") == set()


async def test_without_a_cache_at_all_a_refresh_works_too(
    client_of: MakeClient, own: Place
) -> None:
    server = await client_of(DATABASE=own.catalogue)
    await name_of(server)
    await own.rename("artist", edge.BEN, "Ben Candle")
    assert await posted(server, BEN_REFRESH) == {"id": edge.BEN, "changed": True}
    assert await name_of(server) == "Ben Candle"


# Many.


async def test_many_are_expired_in_every_part_of_the_cache_and_new_when_next_asked_for(
    client_of: MakeClient, own: Place, valkey: Valkey
) -> None:
    one, other = [await client_of(**own.settings(valkey.url)) for _ in range(2)]
    for server in (one, other):
        await server.artist(edge.BEN)
        await server.album(edge.INKWELL)
        await server.album(edge.TOGETHER)
    await kept_in_time(own, "album", edge.TOGETHER)
    await own.rename("artist", edge.BEN, "Ben Candle")
    await own.rename("release_group", edge.INKWELL, "Inkpot")
    ids = [edge.BEN, edge.INKWELL.upper(), edge.BEN]
    answer = await posted(one, "/refresh", json.dumps(ids).encode())
    assert answer == {"asked": 2, "artists": 1, "albums": 1}
    assert await own.due("artist") == {edge.BEN}
    assert await own.due("album") == {edge.INKWELL}
    assert (await recent(one, "artist"))["items"] == [edge.BEN]
    assert (await recent(one, "album"))["items"][0] == edge.INKWELL
    assert await name_of(one) == "Ben Candle"
    assert (await one.album(edge.INKWELL))["title"] == "Inkpot"

    async def other_has_heard() -> bool:
        return await name_of(other) == "Ben Candle"

    await eventually(other_has_heard, within=1.0)
    restarted = await client_of(**own.settings(valkey.url))
    assert await name_of(restarted) == "Ben Candle"


async def test_unknown_ids_among_many_are_neither_kept_nor_announced(
    server: Client, own: Place
) -> None:
    body = json.dumps([UNKNOWN, edge.BEN]).encode()
    assert await posted(server, "/refresh", body) == {"asked": 2, "artists": 0, "albums": 0}
    for kind in ("artist", "album"):
        assert await own.kept(kind) == set()
        assert (await recent(server, kind))["items"] == []


async def test_ten_thousand_at_once_are_expired_in_seconds_and_one_more_is_too_many(
    client_of: MakeClient, own: Place, valkey: Valkey
) -> None:
    server = await client_of(**own.settings(valkey.url))
    await server.artist(edge.BEN)
    await kept_in_time(own, "artist", edge.BEN)
    ids = [mbid_of("artist", str(number)) for number in range(MOST - 1)] + [edge.BEN]
    await own.keeper.execute(
        "INSERT INTO lidarrmetadata_cache.artist (key, expires, value)"
        " SELECT id, now() + '1 day', 'x' FROM unnest($1::text[]) AS id",
        ids[:-1],
    )
    begun = time.monotonic()
    answer = await posted(server, "/refresh", json.dumps(ids).encode())
    assert time.monotonic() - begun < SOON
    assert answer == {"asked": MOST, "artists": MOST, "albums": 0}
    assert len(await own.due("artist")) == MOST
    response = await post(server, "/refresh", json.dumps([*ids, edge.ADA]).encode())
    assert f"{MOST} are the most" in await error_of(response, 400)


WRONG_BODIES = {
    "nothing": b"",
    "blank": b" ",
    "no JSON": b"x",
    "half a list": b'["',
    "an id": edge.BEN.encode(),
    "a text": f'"{edge.BEN}"'.encode(),
    "an object": b"{}",
    "a list in an object": f'{{"ids": ["{edge.BEN}"]}}'.encode(),
    "null": b"null",
    "a number": b"7",
    "numbers": b"[1, 2]",
    "nulls": b"[null]",
    "objects": b"[{}]",
    "nested": f'[["{edge.BEN}"]]'.encode(),
    "nested deep": b"[" * 100_000 + b"]" * 100_000,
    "empty text": b'[""]',
    "nul": b'["\\u0000"]',
    "an id and nul": f'["{edge.BEN}\\u0000"]'.encode(),
    "raw nul": b'["\0"]',
    "half a surrogate": b'["\\ud800"]',
    "no dashes": f'["{edge.BEN.replace("-", "")}"]'.encode(),
    "braces": f'["{{{edge.BEN}}}"]'.encode(),
    "urn": f'["urn:uuid:{edge.BEN}"]'.encode(),
    "a space": f'[" {edge.BEN}"]'.encode(),
    "a right one and a wrong one": f'["{edge.BEN}", "x"]'.encode(),
    "Latin-1": '["ü"]'.encode("latin-1"),
    "UTF-16": f'["{edge.BEN}"]'.encode("utf-16"),
    "NaN": b"[NaN]",
    "a form": f"ids={edge.BEN}".encode(),
    "zipped": b"\x1f\x8b\x08\x00",
    "a long text": b'["' + b"x" * 500_000 + b'"]',
}


@pytest.mark.parametrize("body", WRONG_BODIES.values(), ids=WRONG_BODIES)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain; charset=utf-16", ""])
async def test_a_body_of_another_shape_is_400(
    edge_catalogue: Database, client_of: MakeClient, body: bytes, content_type: str
) -> None:
    server = await client_of(DATABASE=edge_catalogue)
    response = await post(server, "/refresh", body, **{"Content-Type": content_type})
    assert len(await error_of(response, 400)) < 300


@pytest.mark.parametrize("content_type", ["application/json", "text/plain; charset=utf-16", ""])
async def test_a_right_body_is_taken_whatever_it_is_called(
    server: Client, content_type: str
) -> None:
    body = json.dumps([edge.BEN]).encode()
    response = await post(server, "/refresh", body, **{"Content-Type": content_type})
    assert (await response.get_json())["asked"] == 1


async def test_no_ids_are_none(server: Client) -> None:
    answer = await posted(server, "/refresh", b"[]")
    assert answer == {"asked": 0, "artists": 0, "albums": 0}


async def test_more_than_a_megabyte_is_413(server: Client) -> None:
    body = json.dumps([edge.BEN] * 30_000).encode()
    assert len(body) > 1024 * 1024
    await error_of(await post(server, "/refresh", body), 413)


async def test_more_than_a_megabyte_is_413_too_if_its_length_is_not_told(server: Client) -> None:
    request = server.http.request(
        "/refresh", method="POST", headers={"Host": "localhost"}, scope_base={"client": HERE}
    )
    async with request as connection:
        for _ in range(2):
            await connection.send(b" " * 600 * 1024)
        await connection.send_complete()
    await error_of(await connection.as_response(), 413)


async def test_who_may_not_is_not_read(server: Client) -> None:
    await error_of(await post(server, "/refresh", b"x", peer=ELSEWHERE), 403)


# While a part of the cache is down.


async def known_again(server: Client, body: bytes) -> bool:
    response = await post(server, "/refresh", body)
    answer: Any = await response.get_json()
    return response.status_code == 200 and answer["artists"] == 1


@pytest.mark.parametrize("part", ["redis", "postgres"])
async def test_with_a_part_of_the_cache_down_it_is_503_and_nothing_is_lost(
    client_of: MakeClient, own: Place, valkey: Valkey, part: str
) -> None:
    server = await client_of(**own.settings(valkey.url))
    await name_of(server)
    await kept_in_time(own, "artist", edge.BEN)
    await own.rename("artist", edge.BEN, "Ben Candle")
    body = json.dumps([edge.BEN]).encode()

    async def refused() -> None:
        response = await post(server, "/refresh", body)
        await error_of(response, 503)
        assert int(response.headers["Retry-After"]) > 0

    if part == "redis":
        valkey.kill()
        await refused()
        valkey.start()
    else:
        async with own.without_cache():
            await refused()
    await eventually(lambda: known_again(server, body))
    assert await name_of(server) == "Ben Candle"
    assert (await recent(server, "artist"))["items"] == [edge.BEN]


async def test_with_the_cache_database_down_one_document_is_refreshed_all_the_same(
    client_of: MakeClient, own: Place
) -> None:
    server = await client_of(**own.settings())
    await name_of(server)
    await kept_in_time(own, "artist", edge.BEN)
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with own.without_cache():
        async with asyncio.timeout(SOON):
            await posted(server, BEN_REFRESH)
        assert await name_of(server) == "Ben Candle"


async def test_a_locked_catalogue_holds_a_refresh_up_for_no_longer_than_it_may_take(
    client_of: MakeClient, own: Place
) -> None:
    server = await client_of(**{**own.settings(), "MUSICBRAINZ_TIMEOUT": 0.3})
    await name_of(server)
    async with locked(own.catalogue, "artist"), asyncio.timeout(SOON):
        await error_of(await post(server, BEN_REFRESH), 503)
        assert await name_of(server) == "Ben Rushlight"
