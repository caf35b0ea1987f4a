from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.routes.answers import accepts_gzip
from tests.catalogue.edge_cases import ADA, INKWELL

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

ARTIST = f"/artist/{ADA}"


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
