"""Values come back as they were, and nothing that somebody planted does anything."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
import zlib
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import lidarrmetadata
from lidarrmetadata.cache.codec import INFLATED_MAX, Undecodable, decode, encode

ALBUM = {
    "id": "1b022e01-4da6-387b-8658-8678046e4cef",
    "title": "Nevermind — 涅槃 \0 \U0001f3b8",
    "Releases": [{"Tracks": [{"DurationMs": 301920, "TrackNumber": "A1"}] * 12}],
    "rating": {"Count": 3, "Value": 8.6},
    "checked": [True, False, None, 2**70, -1, float("inf")],
    "seen": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    "zoned": datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=9))),
    "day": date(1991, 9, 24),
    "took": timedelta(seconds=3),
}


@pytest.mark.parametrize("value", [ALBUM, [], {}, "", 0, None, False, list(range(100_000))])
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert decode(encode(value)) == value


def test_a_cache_written_with_isal_is_read_without_it_and_the_other_way_round() -> None:
    assert (
        pickle.loads(  # noqa: S301 - our own bytes
            zlib.decompress(encode(ALBUM))
        )
        == ALBUM
    )
    assert decode(zlib.compress(pickle.dumps(ALBUM, 5))) == ALBUM


def test_it_works_where_isal_is_not_installed() -> None:
    program = (
        "import sys; sys.modules['isal'] = None\n"
        "from lidarrmetadata.cache import codec\n"
        "assert codec.zlib.__name__ == 'zlib'\n"
        "try: codec.decode(b'torn')\n"
        "except codec.Undecodable: print(codec.decode(codec.encode(['as it was'])))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "['as it was']\n", done.stderr


class Planted:
    """What a pickle does that runs a command when it is read."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.call = call
        self.arguments = arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call, self.arguments


def test_a_planted_pickle_does_not_run_its_code(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    planted = pickle.dumps({"id": "x", "title": Planted(os.mkdir, str(trace))}, 5)
    pickle.loads(planted)  # noqa: S301 - to show what it does
    assert trace.exists(), "this pickle is not dangerous"
    trace.rmdir()
    with pytest.raises(Undecodable, match="mkdir"):
        decode(zlib.compress(planted))
    assert not trace.exists()


@pytest.mark.parametrize(
    "planted",
    [
        pickle.dumps(Planted(eval, "1"), 0),
        pickle.dumps(Planted(getattr, datetime, "now"), 2),
        b"cdatetime\nsys\n.",  # a module that the module datetime happens to hold
        b"\x80\x04\x8c\x08datetime\x8c\x0cdatetime.now\x93)R.",
        b"idatetime\nsys\n.",
        b"Psomewhere else\n.",
        b"\x80\x02K\x01Q.",
        b"\x82\x01.",
        b"cdatetime\ndatetime\n}X\x01\x00\x00\x00aK\x01sb.",
        b"cdatetime\ndatetime\n(tR.",
        b"cdatetime\ntimedelta\n(J\xff\xff\xff\x7ftR.",
        b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x80\xff.",
        b"0.",
        b"]h\x05.",
        b"",
    ],
)
def test_pickles_that_we_would_not_have_written_are_refused(planted: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(zlib.compress(planted))


def test_a_torn_value_is_refused_wherever_it_is_torn() -> None:
    whole = encode(ALBUM)
    for length in range(len(whole)):
        with pytest.raises(Undecodable):
            decode(whole[:length])
    with pytest.raises(Undecodable, match="behind"):
        decode(whole + b"x")


def test_a_value_with_a_wrong_byte_is_refused() -> None:
    whole = encode(ALBUM)
    for place in range(2, len(whole)):
        with pytest.raises(Undecodable):
            decode(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])


def test_a_small_value_that_inflates_to_a_huge_one_is_refused_before_it_does() -> None:
    bomb = zlib.compress(pickle.dumps("a" * INFLATED_MAX, 5), 9)
    assert len(bomb) < 100_000
    with pytest.raises(Undecodable, match="more than"):
        decode(bomb)


def test_whatever_a_planted_pickle_holds_it_is_refused_in_one_way() -> None:
    # In a process that may not take much memory: a pickle can ask for a table of any size.
    program = """
import pickle, random, resource, zlib
from datetime import UTC, date, datetime, timedelta
from lidarrmetadata.cache.codec import Undecodable, decode
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
dice = random.Random(1)
value = {"a": [1, 2.5, None, "x" * 300], "t": datetime.now(UTC), "d": [date.min, timedelta(1)]}
refused = 0
for protocol in range(6):
    good = pickle.dumps(value, protocol)
    for _ in range(3000):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        try:
            decode(zlib.compress(bad, 1))
        except Undecodable:
            refused += 1
print(refused > 5000)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


class Shade(StrEnum):
    BLUE = "blue"


@pytest.mark.parametrize(
    "value", [Shade.BLUE, datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")), Path(), print, Path]
)
def test_what_could_not_be_read_again_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="not plain"):
        encode({"deep": [value]})


def test_what_is_too_large_or_too_deep_to_be_read_again_is_not_written() -> None:
    with pytest.raises(ValueError, match="larger"):
        encode("a" * INFLATED_MAX)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="deeply"):
        encode(deep)


def test_equal_values_give_the_same_bytes_whatever_objects_they_are_made_of() -> None:
    title, times = "Nevermind"[:5], [datetime(2026, 1, 2, tzinfo=UTC)]
    shared = {"a": title, "b": title, "both": [times, times]}
    apart = {
        "a": "".join(["Ne", "ver"]),
        "b": "".join(["Nev", "er"]),
        "both": [[datetime(2026, 1, 2, tzinfo=UTC)], [datetime(2026, 1, 2, tzinfo=UTC)]],
    }
    assert shared == apart
    assert pickle.dumps(shared, 5) != pickle.dumps(apart, 5), "pickle alone tells them apart"
    assert encode(shared) == encode(apart) == encode(decode(encode(apart)))


def test_every_process_gives_the_same_bytes() -> None:
    program = (
        "import sys, datetime; from math import inf\n"
        "from lidarrmetadata.cache.codec import encode\n"
        "sys.stdout.buffer.write(encode(eval(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, repr(ALBUM)]
    for seed in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, capture_output=True, env=environ)
        assert done.stdout == encode(ALBUM), done.stderr


def test_a_value_that_contains_itself_is_refused_and_the_interpreter_lives_on() -> None:
    # In a process of its own: what goes wrong here would take the tests along.
    program = """
from lidarrmetadata.cache.codec import encode
endless = []
endless.append({"again": endless})
deep = {}
for _ in range(1_000_000):
    deep = {"deeper": [deep]}
doubled = ["x" * 1000]
for _ in range(40):
    doubled = [doubled, doubled]
for value in (endless, deep, doubled):
    try:
        encode(value)
    except ValueError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    said = done.stdout.splitlines()
    assert len(said) == 3, done.stderr
    assert "cyclic" in said[0]
    assert "deeply" in said[1]
    assert "larger" in said[2]


def test_nothing_else_in_the_program_unpickles() -> None:
    dangerous = {"pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
    server = Path(lidarrmetadata.__file__).parent
    guilty = {
        file.name
        for folder in (server, server.parent / "crawler")
        for file in folder.rglob("*.py")
        if dangerous.intersection(_imported(file))
    }
    assert guilty == {"codec.py"}


def _imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names
