from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from lidarrmetadata.embedded import attach
from lidarrmetadata.embedded.orphans import servers_below
from tests.serving import Serving, alive, at_work_in, data_folder, free_port, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator

BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
NEVERMIND = "1b022e01-4da6-387b-8658-8678046e4cef"
NEVER_SEEN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    """A server that is asked, and not harmed."""
    with data_folder() as made, serving(made) as started:
        yield started.ready()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The data folder of servers that are harmed, one after the other."""
    with data_folder() as made:
        yield made


@pytest.fixture
def doomed(folder: Path) -> Iterator[Serving]:
    """A server of the test's own."""
    with serving(folder) as started:
        yield started.ready()


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)


def test_without_any_setting_the_beatles_are_served_with_their_albums(server: Serving) -> None:
    artist = server.get(f"/artist/{BEATLES}").document
    assert artist["artistname"] == "The Beatles"
    assert "Abbey Road" in [album["Title"] for album in artist["Albums"]]


def test_nevermind_has_its_twelve_tracks(server: Serving) -> None:
    album = server.get(f"/album/{NEVERMIND}").document
    assert len(album["Releases"][0]["Tracks"]) == 12


def test_what_the_sample_does_not_hold_is_never_called_nonexistent(server: Serving) -> None:
    albums = server.get(f"/artist/{BEATLES}").document["Albums"]
    answers = [server.get(f"/album/{album['Id']}") for album in albums]
    without_tracks = [answer for answer in answers if answer.status != 200]
    unknown = [server.get(f"/{kind}/{NEVER_SEEN}") for kind in ("artist", "album")]
    assert without_tracks
    for answer in [*without_tracks, *unknown]:
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert list(answer.document) == ["error"]


def test_the_log_says_once_where_it_listens_and_how_lidarr_gets_there(server: Serving) -> None:
    server.get(f"/artist/{BEATLES}")
    lines = [line for line in server.log.splitlines() if str(server.port) in line]
    assert len(lines) == 1
    assert f"Listening on http://127.0.0.1:{server.port}. " in lines[0]
    assert "metadataSource" in lines[0]


def test_requests_leave_no_line_in_the_log(server: Serving) -> None:
    before = server.log
    for path in (f"/artist/{BEATLES}", "/nothing", "/artist/x", "/"):
        server.get(path)
    assert server.log == before


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/", f"/artist/{BEATLES}", f"/album/{NEVERMIND}", "/artist/x"])
def test_head_is_get_without_the_body(server: Serving, path: str, encoding: str) -> None:
    get = server.get(path, accept_encoding=encoding)
    head = server.get(path, "HEAD", accept_encoding=encoding)
    assert int(get.headers["content-length"]) == len(get.body) > 0
    assert head.body == b""
    assert head.status == get.status
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_a_connection_takes_one_request_after_another(server: Serving) -> None:
    request = f"GET /artist/{BEATLES} HTTP/1.1\r\nHost: x\r\n\r\n"
    last = f"HEAD /artist/{BEATLES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    body = server.send(f"{request}{request}{last}".encode()).body
    assert body.count(b"HTTP/1.1 200") == 2


def test_ctrl_c_stops_everything(doomed: Serving) -> None:
    family = doomed.family()
    assert len(family) > 3  # PostgreSQL and Valkey are among them
    assert doomed.interrupt() == 0
    assert not alive(family)
    assert "Traceback" not in doomed.log
    assert doomed.log.count("event=stopped") == 1


def test_sigterm_stops_everything(doomed: Serving) -> None:
    family = doomed.family()
    assert doomed.terminate() == 0
    assert not alive(family)
    assert "Traceback" not in doomed.log


def test_impatience_changes_nothing(doomed: Serving) -> None:
    family = doomed.family()
    doomed.process.terminate()
    assert until(lambda: "event=stopping" in doomed.log or doomed.process.poll() is not None)
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        if doomed.process.poll() is None:
            os.killpg(doomed.process.pid, stop)
    assert doomed.process.wait(10) == 0
    assert not alive(family)
    assert "server=postgres state=stopped" in doomed.log


def test_a_running_request_is_finished_before_the_stop(doomed: Serving, folder: Path) -> None:
    def waiting() -> int:
        return Path("/proc/net/unix").read_text().count(f"{folder}/run/.s.PGSQL")

    before = waiting()
    databases = [found.pid for found in servers_below(folder)]
    with doomed.connect() as first, doomed.connect() as second:
        try:
            _signal(databases, signal.SIGSTOP)
            # The server has one connection to its database, so the second one needs another.
            for client in (first, second):
                client.sendall(f"GET /album/{NEVERMIND} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert until(lambda: waiting() > before)
            doomed.process.terminate()
            assert until(lambda: not doomed.listens())
        finally:
            _signal(databases, signal.SIGCONT)
        for client in (first, second):
            received = b"".join(iter(lambda client=client: client.recv(1 << 16), b""))  # type: ignore[misc]
            assert json.loads(received.partition(b"\r\n\r\n")[2])["title"] == "Nevermind"
    assert doomed.process.wait(10) == 0


def test_a_start_can_be_broken_off_at_any_moment(folder: Path) -> None:
    moments = ("event=starting", "server=valkey state=ready", "state=ready seconds", "Listening")
    for moment in moments:
        with serving(folder) as server:
            assert until(lambda server=server, moment=moment: moment in server.log)  # type: ignore[misc]
            family = server.family()
            assert server.terminate() == 0, server.log
            assert "Traceback" not in server.log, server.log
            # The kernel sees to a process that was being started at that very moment.
            assert until(lambda family=family: not alive(family) and not at_work_in(folder), 5)  # type: ignore[misc]


def test_a_first_start_can_be_broken_off_and_made_again() -> None:
    with data_folder() as folder:
        with serving(folder) as server:
            assert until(lambda: (folder / "postgres").exists())
            assert server.interrupt() == 0, server.log
            assert "Traceback" not in server.log, server.log
            assert until(lambda: not at_work_in(folder), 5)
        with serving(folder) as server:
            assert server.ready().get(f"/artist/{BEATLES}").status == 200


def test_after_kill_it_starts_again(folder: Path) -> None:
    with serving(folder) as killed:
        family = killed.ready().family()
        killed.process.kill()
        killed.process.wait()
        with serving(folder, port=killed.port) as server:
            assert server.ready().get(f"/artist/{BEATLES}").status == 200
            assert not alive(family)


def test_a_second_server_is_refused_the_data_folder(server: Serving) -> None:
    with serving(server.data_dir) as second:
        assert second.process.wait(10) == 1
        complaint = second.log.splitlines()[-1]
        assert str(server.data_dir) in complaint
        assert f"pid {server.process.pid}" in complaint
        assert "Traceback" not in second.log
    assert server.get(f"/artist/{BEATLES}").status == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_told_in_one_line(server: Serving, workers: str) -> None:
    with data_folder() as other, serving(other, port=server.port, WORKERS=workers) as second:
        assert second.process.wait(10) == 1
        (line,) = second.log.splitlines()
        assert f"127.0.0.1:{server.port}" in line
        assert "set PORT to another one" in line


def test_an_address_of_another_machine_is_told_in_one_line(folder: Path) -> None:
    with serving(folder, HOST="192.0.2.1") as server:
        assert server.process.wait(10) == 1
        (line,) = server.log.splitlines()
        assert "Set HOST to an address of this machine" in line


def test_it_answers_below_the_application_root_and_says_so(folder: Path) -> None:
    with serving(folder, APPLICATION_ROOT="/music") as server:
        assert until(lambda: "Listening" in server.log)
        assert f"http://127.0.0.1:{server.port}/music " in server.log
        assert server.get(f"/music/artist/{BEATLES}").status == 200
        assert server.get(f"/artist/{BEATLES}").status == 400


def test_it_listens_on_ipv6(folder: Path) -> None:
    with serving(folder, HOST="::1") as server:
        assert until(lambda: "Listening" in server.log)
        assert f"http://[::1]:{server.port}" in server.log
        with socket.create_connection(("::1", server.port), 10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"


def databases_in(folder: Path) -> set[str]:
    """The names of the embedded databases of a server that is running, less PostgreSQL's own."""

    async def names() -> set[str]:
        address = attach(folder).postgres
        assert address is not None
        connection = await asyncpg.connect(address.dsn("postgres"))
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE NOT datistemplate")
        await connection.close()
        return {row["datname"] for row in rows} - {"postgres"}

    return asyncio.run(names())


def test_the_embedded_database_holds_the_catalogue_and_the_cache(server: Serving) -> None:
    assert databases_in(server.data_dir) == {"musicbrainz_db", "lidarrmetadata_cache"}


def test_with_a_database_of_ones_own_the_embedded_one_holds_the_cache_alone() -> None:
    settings = {"DATABASE__HOST": "127.0.0.1", "DATABASE__PORT": str(free_port())}
    with data_folder() as folder, serving(folder, **settings) as server:
        assert server.ready().get("/").document["schema_sequence"] is None
        assert server.get(f"/artist/{BEATLES}").status == 503
        assert databases_in(folder) == {"lidarrmetadata_cache"}
        assert server.interrupt() == 0


def test_with_servers_of_ones_own_for_everything_none_is_started() -> None:
    nobody = str(free_port())
    settings = {
        "DATABASE__HOST": "127.0.0.1",
        "DATABASE__PORT": nobody,
        "CACHE__POSTGRES_URL": f"postgresql://nobody@127.0.0.1:{nobody}/none",
        "CACHE__REDIS_URL": f"redis://127.0.0.1:{nobody}",
    }
    with data_folder() as folder, serving(folder, **settings) as server:
        assert server.ready().get(f"/artist/{BEATLES}").status == 503
        assert list(folder.iterdir()) == []
        assert server.interrupt() == 0


def test_caches_that_cannot_be_had_are_done_without(server: Serving) -> None:
    settings = {"DATABASE__HOST": "127.0.0.1", "DATABASE__PORT": str(free_port())}
    with serving(server.data_dir, **settings) as other:  # the data folder is in use
        assert other.ready().get("/").status == 200
        assert "event=caches_off" in other.log
        assert other.interrupt() == 0


def test_a_request_that_gets_no_answer_does_not_keep_it_from_stopping() -> None:
    with socket.create_server(("127.0.0.1", 0)) as black_hole, data_folder() as folder:
        settings = {
            "DATABASE__HOST": "127.0.0.1",
            "DATABASE__PORT": str(black_hole.getsockname()[1]),
            "DATABASE_ACQUIRE_TIMEOUT": "60",
            "GRACEFUL_TIMEOUT": "0.2",
        }
        with serving(folder, **settings) as server, server.ready().connect() as client:
            black_hole.accept()[0].close()  # the one for the first question, before this
            client.sendall(f"GET /artist/{BEATLES} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            with black_hole.accept()[0]:
                server.process.terminate()
                assert server.process.wait(5) == 0
            assert "Traceback" not in server.log, server.log


@pytest.mark.parametrize("workers", ["1", "2"])
def test_embedded_servers_that_die_are_started_again(folder: Path, workers: str) -> None:
    with serving(folder, WORKERS=workers) as server:
        assert server.ready().get(f"/artist/{BEATLES}").status == 200
        _signal([process.pid for process in servers_below(folder)], signal.SIGKILL)
        assert until(lambda: server.get(f"/album/{NEVERMIND}").status == 200)
        assert until(lambda: server.log.count("state=restarted") == 2)
        assert server.terminate() == 0
