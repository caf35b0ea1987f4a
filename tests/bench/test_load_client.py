from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from bench import BenchError
from bench.asking import own_client
from bench.load_client import Job
from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.load_client import Outcome

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Peer:
    """A server that says what it is told to, whatever it is asked."""

    def __init__(self, says: Callable[[int], list[bytes]]) -> None:
        self.says = says
        self.asked: list[bytes] = []
        self.connections = 0
        self.socket = socket.create_server((LOOPBACK, 0))
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # it has been closed
            while True:
                connection, _ = self.socket.accept()
                self.connections += 1
                threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError):
            while request := connection.recv(65536):
                self.asked.append(request)
                pieces = self.says(len(self.asked))
                for piece in pieces:
                    connection.sendall(piece)
                if not pieces or b"close" in pieces[0]:
                    return


@contextlib.contextmanager
def peer(says: Callable[[int], list[bytes]]) -> Iterator[Peer]:
    server = Peer(says)
    try:
        yield server
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)  # who waits in `accept` lets go of it
        server.socket.close()


def ask(
    port: int,
    paths: list[str],
    *,
    connections: int = 1,
    seconds: float = 20.0,
    warm_up: float = 0.0,
    once: bool = True,
) -> Outcome:
    with own_client() as client:
        client.begin(Job(port, paths, True, connections, warm_up, seconds, once))
        return client.end()


def test_each_path_is_asked_for_once_and_its_answer_counted() -> None:
    with peer(lambda _: [GOOD]) as server:
        outcome = ask(server.port, [f"/{number}" for number in range(30)], connections=3)
    assert outcome.answers == outcome.all_answers == 30
    assert sorted(int(request.split()[1][1:]) for request in server.asked) == list(range(30))
    assert all(b"Accept-Encoding: gzip\r\n" in request for request in server.asked)
    assert 0 < outcome.p50 <= outcome.p95 <= outcome.p99
    assert outcome.per_second > 0


def test_answers_in_pieces_are_one_answer_each() -> None:
    pieces = [GOOD[:9], GOOD[9:30], GOOD[30:-2], GOOD[-2:]]
    with peer(lambda _: pieces) as server:
        assert ask(server.port, ["/"] * 20).answers == 20


def test_paths_are_asked_for_over_and_over_until_the_time_is_over() -> None:
    with peer(lambda _: [GOOD]) as server:
        outcome = ask(server.port, ["/a", "/b"], seconds=0.1, warm_up=0.05, once=False)
        assert 2 < outcome.answers < outcome.all_answers == len(server.asked)
    assert [request.split()[1] for request in server.asked[:4]] == [b"/a", b"/b"] * 2


def test_a_server_that_closes_after_an_answer_is_asked_on_a_new_connection() -> None:
    closing = GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with peer(lambda number: [closing if number % 3 == 0 else GOOD]) as server:
        assert ask(server.port, ["/"] * 9).answers == 9
        assert server.connections >= 3


@pytest.mark.parametrize(
    ("says", "complaint"),
    [
        ([GOOD.replace(b"200 OK", b"503 No")], "not 200 of known length.*503"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], "not 200 of known length"),
        ([GOOD + b"more"], "longer than it says"),
        ([], "closed the connection instead of answering"),
    ],
)
def test_what_is_no_answer_is_an_error_that_says_so(says: list[bytes], complaint: str) -> None:
    with (
        peer(lambda number: says if number > 5 else [GOOD]) as server,
        pytest.raises(BenchError, match=complaint),
    ):
        ask(server.port, ["/"] * 10)


def test_a_port_where_nobody_listens_is_an_error() -> None:
    with peer(lambda _: [GOOD]) as server:
        port = server.port
    with pytest.raises(BenchError, match="under load"):
        ask(port, ["/"])
