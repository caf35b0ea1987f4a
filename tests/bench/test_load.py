from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.load import BARE, CONNECTIONS_AT_ONCE, ENCODINGS, MEMORY, POSTGRES, REDIS, ROUNDS
from tests.bench.test_main import bench

if TYPE_CHECKING:
    from pathlib import Path

    from bench.target import Target


def test_servers_are_loaded_over_a_given_database(edge_target: Target, tmp_path: Path) -> None:
    url = (
        f"postgresql://{edge_target.user}:{edge_target.password}@/{edge_target.database}"
        f"?host={edge_target.host}&port={edge_target.port}"
    )
    file = tmp_path / "numbers.json"
    done = bench("--dsn", url, "--only", "load", "--seconds", "0.05", "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    numbers = json.loads(file.read_text())
    assert list(numbers) == ["load"]
    load = numbers["load"]
    found = {
        (point["source"], point["kind"], point["encoding"], point["connections"])
        for point in load["points"]
    }
    for source in (MEMORY, BARE):
        assert {at for at in found if at[0] == source} == {
            (source, kind, encoding, connections)
            for kind in ("artist", "album")
            for encoding in ENCODINGS
            for connections in CONNECTIONS_AT_ONCE
        }
    for point in load["points"]:
        assert len(point["windows"]) == ROUNDS
        for window in point["windows"]:
            assert window["answers"] > 0
            assert 0 < window["p50"] <= window["p99"]
            if point["source"] == REDIS:
                assert window["redis_hits"] >= 0.95
            if point["source"] in {POSTGRES, BARE}:
                assert window["redis_hits"] == 0
    assert 10_000_000 < load["memory"]["idle"] <= load["memory"]["loaded"] * 1.1
    assert load["connections"] > 0
    assert load["burst"]["artists"] > 1
    assert len(load["burst"]["p95"]) == 3
    for target in load["targets"]:
        assert target["what"] in done.stdout


def test_the_load_alone_takes_some_time() -> None:
    done = bench("--load", "--seconds", "0")
    assert done.returncode == 2
    assert "takes more than 0 --seconds" in done.stderr
