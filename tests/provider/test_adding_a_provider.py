from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.mixins import ArtistImagesMixin
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.settings import load_config
from tests.clock import ManualClock
from tests.provider.conftest import UNAVAILABLE, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"
SOMEBODY = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
PORTRAIT = "https://music.example.org/p.jpg"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Where music.example.org is in this test."""

    async def artist(request: web.Request) -> web.Response:
        match request.match_info["mbid"]:
            case mbid if mbid == SOMEBODY:
                return web.json_response({"biography": "A life.", "portrait": PORTRAIT})
            case "broken":
                return web.json_response({"error": "broken"})
            case _:
                return web.json_response({"error": "not found"}, status=404)

    application = web.Application()
    application.router.add_get("/artists/{mbid}", artist)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_example_of_the_page_works(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    assert len(code[1].splitlines()) <= 45
    example = code[1].replace("https://music.example.org", address)
    (tmp_path / "example.py").write_text(example)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "example", raising=False)
    environ = {"LIDARR_METADATA_CONFIG": "TEST", "PROVIDERS": "fanart,example:ExampleProvider"}
    config = load_config(environ=environ)
    providers = Providers(config, Tools.of_this_process(ManualClock()))
    await providers.open()
    try:
        (source,) = providers.having(ArtistImagesMixin)
        document: Any = {"id": SOMEBODY}
        key = source.artist_key(document)
        assert key is not None
        record = {"images": {"Poster": PORTRAIT}, "overview": "A life."}
        assert await told(source, key) == record
        assert await told(source, key.replace(SOMEBODY, "nobody")) is None
        assert await told(source, key.replace(SOMEBODY, "broken")) == UNAVAILABLE
    finally:
        await providers.close()
        sys.modules.pop("example", None)
