"""Only those who may can make the server look things up anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.app import create_app
from lidarrmetadata.settings import load_config
from tests.catalogue import edge_cases as edge
from tests.changing import ELSEWHERE, HERE, error_of, post

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

KEY = "6f1c8a52"
PATH = f"/artist/{edge.ADA}/refresh"
CURE = "INVALIDATE_APIKEY"
WEB_PAGE = {"Origin": "http://page.test", "Host": "localhost:5001"}


def admin_routes() -> list[tuple[str, str]]:
    """Method and path of everything that only some may ask for, as the application has them."""
    app = create_app(load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}))
    return sorted(
        (method, rule.rule.replace("<mbid>", edge.ADA))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("refresh.")
        for method in rule.methods or ()
    )


ROUTES = admin_routes()


@pytest.fixture
async def open_server(client_of: MakeClient, edge_catalogue: Database) -> Client:
    """A server without a key."""
    return await client_of(DATABASE=edge_catalogue)


@pytest.fixture
async def locked_server(client_of: MakeClient, edge_catalogue: Database) -> Client:
    """A server with a key."""
    return await client_of(DATABASE=edge_catalogue, INVALIDATE_APIKEY=KEY)


def test_there_is_something_to_guard() -> None:
    assert {path for _, path in ROUTES} == {
        PATH,
        f"/album/{edge.ADA}/refresh",
        "/refresh",
        "/invalidate",
    }


async def ask(server: Client, method: str, path: str, peer: Any, **headers: str) -> Any:
    return await server.http.open(path, method=method, headers=headers, scope_base={"client": peer})


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_key_every_such_route_is_closed_to_other_machines(
    open_server: Client, method: str, path: str
) -> None:
    for prefix in ("", "/api/v0.4"):
        response = await ask(open_server, method, prefix + path, ELSEWHERE)
        assert response.status_code == 403
        if method != "HEAD":
            assert CURE in await error_of(response, 403)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_with_a_key_every_such_route_is_closed_to_all_who_do_not_show_it(
    locked_server: Client, method: str, path: str
) -> None:
    for peer in (HERE, ELSEWHERE):
        response = await ask(locked_server, method, path, peer)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        if method != "HEAD":
            assert CURE in await error_of(response, 401)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
async def test_without_a_key_this_machine_may(open_server: Client, address: str) -> None:
    assert (await post(open_server, PATH, peer=(address, 1))).status_code == 200


@pytest.mark.parametrize(
    "peer",
    [
        ELSEWHERE,
        ("10.0.0.1", 1),
        ("192.168.1.2", 1),
        ("172.17.0.1", 1),
        ("fe80::1", 1),
        ("::ffff:192.0.2.7", 1),
        ("::", 1),
        ("0.0.0.0", 1),  # noqa: S104  a peer, not where to listen
        ("", 0),
        ("localhost", 1),
        None,
    ],
)
async def test_without_a_key_no_other_machine_may_nor_who_cannot_be_told(
    open_server: Client, peer: Any
) -> None:
    assert CURE in await error_of(await post(open_server, PATH, peer=peer), 403)


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Real-Ip",
        "Cf-Connecting-Ip",
        "True-Client-Ip",
        "Via",
    ],
)
async def test_what_comes_through_a_proxy_is_not_from_this_machine(
    open_server: Client, header: str
) -> None:
    for value in ("127.0.0.1", ""):
        response = await post(open_server, PATH, **{header: value})
        assert CURE in await error_of(response, 403)


@pytest.mark.parametrize(
    "headers",
    [
        WEB_PAGE,
        {"Origin": "null", "Host": "localhost:5001"},
        {"Origin": "", "Host": "localhost:5001"},
        {"Origin": "http://localhost:8080", "Host": "localhost:5001"},
        {"Origin": "http://localhost:5001.page.test", "Host": "localhost:5001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_site_in_a_browser_here_may_not(
    open_server: Client, headers: dict[str, str]
) -> None:
    for method, path in (("POST", PATH), ("GET", "/invalidate")):
        response = await ask(open_server, method, path, HERE, **headers)
        assert CURE in await error_of(response, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:5001", "Host": "localhost:5001"},
        {"Origin": "https://localhost:5001", "Host": "localhost:5001"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_page_of_the_server_itself_may(
    open_server: Client, headers: dict[str, str]
) -> None:
    assert (await post(open_server, PATH, **headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {KEY} "},
        {"X-Api-Key": KEY},
        {"Authorization": "Basic eDp5", "X-Api-Key": KEY},
        {"X-Api-Key": KEY, "X-Forwarded-For": "192.0.2.7", **WEB_PAGE},
    ],
)
async def test_whoever_shows_the_key_may_from_anywhere(
    locked_server: Client, headers: dict[str, str]
) -> None:
    response = await post(locked_server, PATH, peer=ELSEWHERE, **headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "wrong",
        KEY[:-1],
        f"{KEY}0",
        KEY.upper(),
        "Bearer",
        "Bearer ",
        f"Basic {KEY}",
        f"Token {KEY}",
        f"Bearer Bearer {KEY}",
        "schlüssel",
        f"{KEY}\u00ff",
        "\u0130" * 8,
        "x" * 100_000,
    ],
)
async def test_a_wrong_key_is_401_even_from_this_machine(locked_server: Client, given: str) -> None:
    for header in ("Authorization", "X-Api-Key"):
        response = await post(locked_server, PATH, **{header: given})
        assert response.headers["WWW-Authenticate"] == "Bearer"
        answer = await error_of(response, 401)
        assert CURE in answer
        assert KEY not in answer


async def test_a_key_that_is_no_ascii_is_known_again_as_clients_send_it(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    server = await client_of(DATABASE=edge_catalogue, INVALIDATE_APIKEY="schlüssel")
    for given, status in (("schlüssel", 200), ("schlussel", 401), ("schl?ssel", 401)):
        response = await post(server, PATH, **{"X-Api-Key": given})
        assert response.status_code == status


async def test_everybody_may_read(locked_server: Client) -> None:
    for path in (f"/artist/{edge.ADA}", "/recent/artist", "/"):
        response = await ask(locked_server, "GET", path, ELSEWHERE)
        assert response.status_code == 200
