from __future__ import annotations

import http.client

from bench.bare import Answer
from bench.ceilings import PRODUCTS_OWN, ceilings
from lidarrmetadata.embedded.address import LOOPBACK

ANSWERS = [
    Answer(
        (
            ("content-type", "application/json"),
            ("etag", '"a\\b"'),
            ("vary", "Accept-Encoding"),
            ("content-length", "4"),
        ),
        b"null",
    ),
    Answer(
        (
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
            ("content-length", "3000"),
        ),
        bytes(range(250)) * 12,
    ),
]


def test_every_server_there_is_gives_the_very_answers_with_their_headers() -> None:
    with ceilings(ANSWERS) as found:
        assert found[0].name == PRODUCTS_OWN
        for ceiling in found:
            for number, answer in enumerate(ANSWERS):
                connection = http.client.HTTPConnection(LOOPBACK, ceiling.server.port, timeout=10)
                try:
                    connection.request("GET", f"/{number}", headers={"Accept-Encoding": "gzip"})
                    response = connection.getresponse()
                    assert response.status == 200
                    assert response.read() == answer.body
                    for name, value in answer.headers:
                        assert response.headers[name] == value, (ceiling.name, name)
                finally:
                    connection.close()
