from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.routes.answers import accepts_gzip
from tests.api.watched import services_of, shared_seconds
from tests.catalogue.edge_cases import ADA, ADA_MERGED, INKWELL
from tests.clock import ManualClock

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

ARTIST = f"/artist/{ADA}"
NO_SUCH = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def client(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, br", True),  # Lidarr's own
        ("gzip", True),
        ("GZip", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=0.001", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q = 0.000", False),
        ("notgzip", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


async def test_gzip_holds_the_same_document(client: Client) -> None:
    plain = await client.get(ARTIST)
    packed = await client.get(ARTIST, **{"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert gzip.decompress(await packed.get_data(as_text=False)) == await plain.get_data(
        as_text=False
    )
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


async def test_gzip_is_not_worth_it_below_the_size_set(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    client = await client_of(DATABASE=edge_catalogue, GZIP_MIN_BYTES=100_000)
    assert (
        "Content-Encoding" not in (await client.get(ARTIST, **{"Accept-Encoding": "gzip"})).headers
    )


@pytest.mark.parametrize("path", [ARTIST, f"/album/{INKWELL}", "/"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_the_same_document_is_the_same_bytes(
    client_of: MakeClient, edge_catalogue: Database, path: str, encoding: str
) -> None:
    bodies, tags = set(), set()
    for _ in range(2):
        client = await client_of(DATABASE=edge_catalogue)
        for _ in range(2):
            answer = await client.get(path, **{"Accept-Encoding": encoding})
            bodies.add(await answer.get_data(as_text=False))
            tags.add(answer.headers["ETag"])
    assert len(bodies) == len(tags) == 1


async def test_different_bytes_have_different_strong_tags(client: Client) -> None:
    answers = [
        await client.get(ARTIST),
        await client.get(ARTIST, **{"Accept-Encoding": "gzip"}),
        await client.get(f"{ARTIST}?primTypes=EP"),
        await client.get(f"/album/{INKWELL}"),
    ]
    tags = {answer.headers["ETag"] for answer in answers}
    assert len(tags) == len(answers)
    assert not any(tag.startswith("W/") for tag in tags)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize(
    "form", ["{plain}", "{packed}", '"other", {plain}', '"other",{packed} ', "*", "W/{plain}"]
)
async def test_a_document_the_client_has_is_not_sent_again(
    client: Client, form: str, encoding: str
) -> None:
    plain = (await client.get(ARTIST)).headers["ETag"]
    packed = (await client.get(ARTIST, **{"Accept-Encoding": "gzip"})).headers["ETag"]
    answer = await client.get(
        ARTIST,
        **{
            "Accept-Encoding": encoding,
            "If-None-Match": form.format(plain=plain, packed=packed),
        },
    )
    assert answer.status_code == 304
    assert await answer.get_data(as_text=False) == b""
    assert answer.headers["ETag"] == (packed if encoding == "gzip" else plain)
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("tags", ['"other"', "", "other", ",,,", '"', "W/"])
async def test_a_document_the_client_has_not_is_sent(client: Client, tags: str) -> None:
    answer = await client.get(ARTIST, **{"If-None-Match": tags})
    assert answer.status_code == 200
    assert (await answer.get_json())["id"] == ADA


@pytest.mark.parametrize("path", [ARTIST, "/", "/nothing", "/artist/x"])
async def test_answers_are_json_objects_that_say_so(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(json.loads(await answer.get_data()), dict)


# --- Cache-Control ---

WEEK = 7 * 24 * 3600
MONTH = 30 * 24 * 3600


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def behind_cloudflare(internet: Internet) -> dict[str, str]:
    return {
        "PUBLIC_URL": "https://metadata.example.org",
        **internet.services["cloudflare"].settings(internet.url),
    }


async def test_shared_caches_may_keep_an_answer_until_it_is_due_as_seen_from_each_request(
    client_of: MakeClient, edge_catalogue: Database, clock: ManualClock
) -> None:
    client = await client_of(clock, DATABASE=edge_catalogue)
    first = shared_seconds(await client.get(ARTIST))
    assert 0.9 * WEEK <= first <= WEEK
    told = []
    for minutes in (1, 60, 24 * 60):
        await clock.forward(minutes=minutes)
        told.append(shared_seconds(await client.get(ARTIST)))
    assert told == [first - 60, first - 61 * 60, first - (61 + 24 * 60) * 60]
    await clock.forward(seconds=told[-1])
    assert 0 <= shared_seconds(await client.get(ARTIST)) <= 300


@pytest.mark.parametrize("memory", [{}, {"MEMORY_CACHE_BYTES": 0}])
async def test_behind_a_cache_that_is_purged_the_own_address_is_kept_for_long_and_no_other(
    client_of: MakeClient,
    edge_catalogue: Database,
    clock: ManualClock,
    behind_cloudflare: dict[str, str],
    memory: dict[str, int],
) -> None:
    client = await client_of(clock, DATABASE=edge_catalogue, **behind_cloudflare, **memory)
    for _ in range(2):
        for path in (ARTIST, f"/album/{INKWELL}", f"/api/v0.4{ARTIST}/"):
            assert shared_seconds(await client.get(path)) == MONTH
        for path in (f"{ARTIST}?primTypes=Album", f"{ARTIST}?x", f"/artist/{ADA_MERGED}"):
            assert shared_seconds(await client.get(path)) <= 300
        await clock.forward(minutes=24 * 60)


async def test_an_answer_that_lacks_something_is_kept_for_minutes(
    client_of: MakeClient,
    edge_catalogue: Database,
    internet: Internet,
    behind_cloudflare: dict[str, str],
) -> None:
    internet.knows_everything = True
    internet.services["fanart"].fails_with(403)
    settings = {**internet.settings(), **behind_cloudflare}
    client = await client_of(DATABASE=edge_catalogue, **settings)
    for _ in range(2):
        assert shared_seconds(await client.get(ARTIST)) <= 300


async def test_an_answer_that_not_every_cache_could_be_told_of_is_kept_for_minutes(
    client_of: MakeClient,
    edge_catalogue: Database,
    behind_cloudflare: dict[str, str],
) -> None:
    away = {"redis_url": "redis://127.0.0.1:1/0", "postgres_url": ""}
    client = await client_of(DATABASE=edge_catalogue, CACHE=away, **behind_cloudflare)
    for _ in range(2):
        assert shared_seconds(await client.get(ARTIST)) <= 300


async def test_that_there_is_no_such_thing_is_kept_for_minutes_and_not_while_we_are_down(
    client: Client,
) -> None:
    answer = await client.get(f"/artist/{NO_SUCH}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "public, s-maxage=300, max-age=0"


@pytest.mark.parametrize("path", ["/artist/x", "/nothing", "/album/"])
async def test_errors_are_kept_by_nobody(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code in {400, 404}
    assert answer.headers["Cache-Control"] == "no-store"


async def test_what_cannot_be_known_is_kept_by_nobody(client_of: MakeClient) -> None:
    client = await client_of(DATABASE={"host": "127.0.0.1", "port": 1})
    answer = await client.get(ARTIST)
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("memory", [{}, {"MEMORY_CACHE_BYTES": 0}])
async def test_every_form_of_an_answer_says_how_long_it_may_be_kept(
    client_of: MakeClient, edge_catalogue: Database, clock: ManualClock, memory: dict[str, int]
) -> None:
    client = await client_of(clock, DATABASE=edge_catalogue, **memory)
    for _ in range(2):
        whole = await client.get(ARTIST)
        same = await client.get(ARTIST, **{"If-None-Match": whole.headers["ETag"]})
        head = await client.http.head(ARTIST)
        assert (whole.status_code, same.status_code, head.status_code) == (200, 304, 200)
        for answer in (whole, same, head):
            assert answer.headers["ETag"] == whole.headers["ETag"]
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert shared_seconds(answer) > 300
            words = answer.headers["Cache-Control"]
            assert words.startswith("public, s-maxage=")
            assert words.endswith(f", max-age=0, stale-if-error={MONTH}")


# --- What is kept in memory ---


async def test_answers_of_other_queries_are_kept_apart(client: Client) -> None:
    answers = services_of(client).answers
    queries = ("", "?primTypes=Album", "?primTypes=EP", "?secTypes=Live", "?primTypes=album")
    listed = {}
    for query in queries:
        document = await (await client.get(f"{ARTIST}{query}")).get_json()
        listed[query] = [album["Id"] for album in document["Albums"]]
    assert len(answers) == len(queries)
    assert listed["?primTypes=EP"] == []
    assert len(listed[""]) >= len(listed["?primTypes=Album"]) > 0
    for query in queries:
        document = await (await client.get(f"{ARTIST}{query}")).get_json()
        assert [album["Id"] for album in document["Albums"]] == listed[query]
    assert answers.outcomes["hit"] == len(queries)


async def test_answers_to_long_queries_are_not_kept(client: Client) -> None:
    answers = services_of(client).answers
    for _ in range(2):
        assert (await client.get(f"{ARTIST}?{'x' * 257}")).status_code == 200
    assert len(answers) == 0
    assert (await client.get(f"{ARTIST}?{'x' * 256}")).status_code == 200
    assert len(answers) == 1


@pytest.mark.parametrize("prefix", ["", "/api/v0.4", "//", "/api/v0.4//"])
async def test_the_same_address_however_spelt_is_kept_once(client: Client, prefix: str) -> None:
    await client.get(ARTIST)
    for path in (f"/{ADA.upper()}", f"/{ADA}/"):
        assert (await client.get(f"{prefix}/artist{path}")).status_code == 200
    answers = services_of(client).answers
    assert (len(answers), answers.outcomes["hit"]) == (1, 2)
