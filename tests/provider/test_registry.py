from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.mixins import ArtistImagesMixin
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.settings import load_config
from tests.clock import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

NOT_ALL = """
from lidarrmetadata.provider.fanart import FanArtTvProvider
from lidarrmetadata.provider.mixins import ArtistImagesMixin
number = 7
class Again(FanArtTvProvider): pass
class Elsewhere(FanArtTvProvider):
    name = "elsewhere"
    cache_table = "nowhere"
class Half(ArtistImagesMixin):
    name = "half"
class Nothing: pass
"""


def providers(*entries: str, **settings: Any) -> Providers:
    config = load_config(
        environ={"LIDARR_METADATA_CONFIG": "TEST"}, PROVIDERS=list(entries), **settings
    )
    return Providers(config, Tools.of_this_process(ManualClock()))


def test_the_order_of_the_setting_is_the_order_of_preference() -> None:
    keys = {"FANART_API_KEY": "a", "THEAUDIODB_API_KEY": "b"}
    for order in (("fanart", "theaudiodb"), ("theaudiodb", "fanart")):
        names = [source.name for source in providers(*order, **keys).having(ArtistImagesMixin)]
        assert names == list(order)


def test_what_has_no_key_is_off_and_what_is_not_listed_is_not_there() -> None:
    chosen = providers("fanart", "wikipedia")
    assert [source.name for source in chosen.having(ArtistImagesMixin)] == ["wikipedia"]
    assert chosen.off == ["fanart"]


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        ("fanarttv", "there are only apple, billboard, fanart, lastfm, musicbrainz_db, spotify, "),
        (":X", "there are only"),
        ("..x:X", "there are only"),
        ("no_such_module:X", "install its package or put its folder into PYTHONPATH"),
        ("not_all:Missing", "cannot be imported"),
        ("not_all:number", "is no provider"),
        ("not_all:Nothing", "lacks name, enabled, open, close"),
        ("not_all:Half", "lacks enabled, open, close, records"),
        ("not_all:Again", "lists fanart twice"),
        ("not_all:Elsewhere", "'nowhere' has no entry in CACHE_TTL"),
    ],
)
def test_an_entry_that_is_no_provider_says_what_is_wrong(
    entry: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "not_all.py").write_text(NOT_ALL)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=f"PROVIDERS .*{cause}"):
        providers("fanart", entry)
