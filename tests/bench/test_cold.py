from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from bench import BenchError, servers
from bench.cases import COLD_ALBUM, COLD_ARTIST, Case
from bench.cold import ColdResult, Outside
from bench.measure import Times

if TYPE_CHECKING:
    from bench.cases import Question


def result(question: Question, p50: float, delay: float) -> ColdResult:
    return ColdResult(
        case=Case(question, ("id",), (1, 1)),
        delay=delay,
        http=Times((p50,)),
        psql=Times((10.0,)),
        ceiling=Times((1.0,)),
        size=1,
        requests={},
        linked=1,
    )


def test_an_album_may_take_little_more_than_two_requests_after_each_other_and_its_sql() -> None:
    assert result(COLD_ALBUM, 143.0, 0.05).least == pytest.approx(110.0)
    assert result(COLD_ALBUM, 142.0, 0.05).met is True
    assert result(COLD_ALBUM, 144.0, 0.05).met is False


def test_without_delay_and_for_an_artist_there_is_no_target() -> None:
    assert result(COLD_ALBUM, 144.0, 0.0).met is None
    assert result(COLD_ARTIST, 1.0, 0.05).met is None


def test_misuse_of_a_service_is_an_error_that_says_which() -> None:
    with servers.internet(0.0) as port:
        outside = Outside(port)
        assert set(outside.asked().values()) == {0}
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", urlsplit(outside.settings["FANART_URL"]).path + "/music/x")
        assert json.loads(connection.getresponse().read())["status"] == "error"
        connection.close()
        with pytest.raises(BenchError, match="the server asks fanart what it would refuse"):
            outside.asked()
