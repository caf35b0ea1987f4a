from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.routes.paths import SettledPaths
from tests.catalogue.edge_cases import ADA, INKWELL

if TYPE_CHECKING:
    from tests.conftest import MakeClient
    from tests.dumps import Database


async def nobody(*_: object) -> None:
    raise AssertionError("only paths are settled here")


@pytest.mark.parametrize(
    ("root", "asked", "settled"),
    [
        ("/", "/", ("", "/")),
        ("/", "", ("", "/")),
        ("/", "/artist/x", ("", "/artist/x")),
        ("/", "//artist///x//", ("", "/artist/x")),
        ("/", "/api/v0.4", ("/api/v0.4", "/")),
        ("/", "/api/v0.4/artist/x/", ("/api/v0.4", "/artist/x")),
        ("/", "/api//v0.4//artist/x", ("/api/v0.4", "/artist/x")),
        ("/", "/api/v0.45/artist/x", ("", "/api/v0.45/artist/x")),
        ("/", "http://proxied:80/artist/x", ("", "/artist/x")),
        ("/", "HTTPS://proxied", ("", "/")),
        ("/", "/http://proxied/artist/x", ("", "/http:/proxied/artist/x")),
        ("/music", "/music", ("/music", "/")),
        ("/music/", "/music/artist/x", ("/music", "/artist/x")),
        ("/music", "/music/api/v0.4//artist/x/", ("/music/api/v0.4", "/artist/x")),
        ("/music", "/api/v0.4/music/artist/x", ("", "/*")),
        ("/music", "/musical/artist/x", ("", "/*")),
        ("/music", "/artist/x", ("", "/*")),
        ("/", "/*", ("", "/*")),
    ],
)
def test_every_spelling_is_one_address(root: str, asked: str, settled: tuple[str, str]) -> None:
    assert SettledPaths(nobody, root).settle(asked) == settled


SPELLINGS = ["{}", "{}/", "/{}", "{}//", "/api/v0.4{}", "/api/v0.4{}/", "//api/v0.4/{}"]


@pytest.mark.parametrize("root", ["/", "/music", "/a/b/"])
async def test_all_spellings_give_the_same_answer_and_no_redirect(
    client_of: MakeClient, edge_catalogue: Database, root: str
) -> None:
    client = await client_of(DATABASE=edge_catalogue, APPLICATION_ROOT=root)
    for path in (f"/artist/{ADA}", f"/album/{INKWELL}", "/"):
        answers = [await client.get(root.rstrip("/") + form.format(path)) for form in SPELLINGS]
        assert {answer.status_code for answer in answers} == {200}
        assert len({await answer.get_data() for answer in answers}) == 1
        assert len({answer.headers["ETag"] for answer in answers}) == 1


@pytest.mark.parametrize("wrong", ["/artist/{}", "/wrong/artist/{}", "/api/v0.4/artist/{}/"])
async def test_below_a_wrong_root_lidarr_is_not_told_that_an_artist_does_not_exist(
    client_of: MakeClient, edge_catalogue: Database, wrong: str
) -> None:
    client = await client_of(DATABASE=edge_catalogue, APPLICATION_ROOT="/music")
    answer = await client.get(wrong.format(ADA))
    assert answer.status_code == 400
    message = (await answer.get_json())["error"]
    assert "/music/artist/…" in message
    assert "APPLICATION_ROOT" in message


async def test_a_wrong_address_of_the_server_is_no_missing_album_either(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    client = await client_of(DATABASE=edge_catalogue)
    for wrong in (f"/api/v0.5/album/{INKWELL}", f"/music/album//{INKWELL.upper()}/"):
        assert (await client.get(wrong)).status_code == 400
