from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from quart.testing.connections import WebsocketResponseError

from tests.catalogue.edge_cases import ADA, INKWELL
from tests.serving import free_port

if TYPE_CHECKING:
    from quart import Response

    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def client(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue)


@pytest.fixture
async def homeless(client_of: MakeClient) -> Client:
    """A client of a server with nothing where its database should be."""
    return await client_of(DATABASE={"host": "127.0.0.1", "port": free_port()})


async def error_of(answer: Response) -> str:
    """The message of an answer that has the one shape of errors."""
    assert answer.headers["Content-Type"] == "application/json"
    is_fact = answer.status_code == 404 and "MusicBrainz" in await answer.get_data(as_text=True)
    kept = "public, s-maxage=300, max-age=0" if is_fact else "no-store"
    assert answer.headers["Cache-Control"] == kept
    document = await answer.get_json()
    assert list(document) == ["error"]
    return str(document["error"])


async def test_what_a_whole_catalogue_does_not_hold_does_not_exist(client: Client) -> None:
    for kind in ("artist", "album"):
        answer = await client.get(f"/{kind}/{UNKNOWN}")
        assert answer.status_code == 404
        assert await error_of(answer) == f"MusicBrainz has no {kind} {UNKNOWN}"


async def test_without_its_database_nothing_is_called_nonexistent(homeless: Client) -> None:
    for path in (f"/artist/{ADA}", f"/album/{INKWELL}", f"/artist/{UNKNOWN}"):
        answer = await homeless.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "MusicBrainz database" in await error_of(answer)


@pytest.mark.parametrize("path", ["/nothing", "/artist", "/artist/", f"/artist/{ADA}/x", "/*"])
async def test_an_unknown_address_is_404(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert path in await error_of(answer)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
@pytest.mark.parametrize("path", ["/", f"/artist/{ADA}", f"/api/v0.4/album/{INKWELL}/"])
async def test_a_wrong_method_is_405_and_told_the_right_ones(
    client: Client, method: str, path: str
) -> None:
    answer = await getattr(client.http, method)(path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    assert "GET" in await error_of(answer)


async def test_a_websocket_is_refused(client: Client) -> None:
    for path in (f"/artist/{ADA}", "/nothing"):
        async with client.http.websocket(path) as connection:
            with pytest.raises(WebsocketResponseError) as refused:
                await connection.receive()
            assert refused.value.response.status_code in {400, 404}
            assert await error_of(refused.value.response)


async def test_a_fault_of_ours_is_500_without_its_innards(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def fault() -> str:
        raise RuntimeError("innards")

    client.http.app.add_url_rule("/fault", view_func=fault)
    client.http.app.testing = False
    answer = await client.get("/fault")
    assert answer.status_code == 500
    assert "innards" not in await error_of(answer)
    assert "innards" in caplog.text
