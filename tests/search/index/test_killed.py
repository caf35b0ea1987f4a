"""Builds and updates that are killed: the index there was serves, and the next one repairs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.search.index import build as building
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.errors import IndexBusy
from lidarrmetadata.search.index.update import update
from tests.search.index.at_work import BATCH, COMMIT, changed
from tests.search.index.listed import MEMORY, Listed, numbered
from tests.search.index.searching import Search

if TYPE_CHECKING:
    from lidarrmetadata.search.index.folder import IndexFolder

COUNT = 1000
NAMES = sorted(f"Number {number}" for number in range(COUNT))


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_BATCH", BATCH)
    monkeypatch.setattr(building, "_COMMIT", COMMIT)


def begin(folder: IndexFolder, what: str, where: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.search.index.at_work"),
            *(what, str(folder.path.parent), str(COUNT), where),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def searching(folder: IndexFolder) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.search.index.asking", str(folder.path.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def generations(folder: IndexFolder) -> list[str]:
    return [path.name for path in folder.path.glob("g*")]


def killed(folder: IndexFolder, what: str, where: str) -> None:
    with begin(folder, what, where) as process:
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize(
    "where",
    ["rows:100", "rows:700", "state:1", "state:2", "state:3", "state:6", "state:9", "close:1"],
)
async def test_a_killed_build_is_gone_on_with_and_nothing_is_there_twice(
    folder: IndexFolder, where: str
) -> None:
    few = Listed(*numbered(3))
    await build(few, folder, memory=MEMORY)
    old = Search(folder)

    killed(folder, "build", where)

    assert len(old.everybody()) == len(Search(folder).everybody()) == 3
    state = await build(Listed(*numbered(COUNT)), folder, memory=MEMORY)
    assert (state.artists, state.albums) == (COUNT, COUNT)
    assert old.everybody() == Search(folder).everybody() == NAMES
    assert generations(folder) == [folder.current().path.name]


async def test_what_a_killed_build_has_committed_is_not_read_again(folder: IndexFolder) -> None:
    killed(folder, "build", "rows:700")
    read: list[int] = []
    catalogue = Listed(*numbered(COUNT))
    catalogue.before_rows = read.append

    await build(catalogue, folder, memory=MEMORY)

    assert read[0] in (COMMIT, 2 * COMMIT)
    assert Search(folder).everybody() == NAMES


async def test_a_build_may_begin_anew(folder: IndexFolder) -> None:
    killed(folder, "build", "rows:700")
    read: list[int] = []
    catalogue = Listed(*numbered(COUNT))
    catalogue.before_rows = read.append

    await build(catalogue, folder, memory=MEMORY, anew=True)

    assert read[0] == 0
    assert Search(folder).everybody() == NAMES


async def test_what_a_killed_build_has_left_broken_is_thrown_away(folder: IndexFolder) -> None:
    killed(folder, "build", "rows:700")
    (half,) = folder.path.glob("g*")
    (half / "artists" / "meta.json").write_text("{")

    await build(Listed(*numbered(COUNT)), folder, memory=MEMORY)

    assert Search(folder).everybody() == NAMES


@pytest.mark.parametrize("where", ["close:1", "close:2", "close:3", "state:1"])
async def test_a_killed_update_leaves_an_index_and_the_next_one_finishes_it(
    folder: IndexFolder, where: str
) -> None:
    await build(Listed(*numbered(COUNT)), folder, memory=MEMORY)
    reader = Search(folder)

    killed(folder, "update", where)

    assert len(set(reader.everybody())) == COUNT
    catalogue = changed(COUNT)
    await update(catalogue, folder, memory=MEMORY)
    for search in (reader, Search(folder)):
        assert search.everybody() == sorted(["Renamed Number", *set(NAMES) - {"Number 0"}])
        assert search.albums("retitled")[0] == "Retitled"
        assert search.albums("count 0")[:1] != ["Count 0"]


async def test_one_process_writes_at_a_time(folder: IndexFolder) -> None:
    with begin(folder, "build", "stall:100") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reached\n"
        with pytest.raises(IndexBusy, match=str(process.pid)):
            await build(Listed(*numbered(3)), folder, memory=MEMORY)
        process.kill()

    await build(Listed(*numbered(COUNT)), folder, memory=MEMORY)
    assert Search(folder).everybody() == NAMES


async def test_who_searches_meanwhile_in_another_process_sees_the_one_or_the_other(
    folder: IndexFolder,
) -> None:
    await build(Listed(*numbered(200)), folder, memory=MEMORY)
    with searching(folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "searching\n"
        for count in (300, 200, 300, 200, 300):
            await build(Listed(*numbered(count)), folder, memory=MEMORY)
        said, _ = process.communicate("", timeout=60)

    assert set(json.loads(said)) == {"200 200", "300 300"}
    assert generations(folder) == [folder.current().path.name]
