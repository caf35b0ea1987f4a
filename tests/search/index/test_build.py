"""Building and updating an index, and who reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.search.index import folder as folders
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.errors import IndexUnavailable, RebuildNeeded
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.search.index.keeper import IndexKeeper
from lidarrmetadata.search.index.update import update
from lidarrmetadata.settings import load_config
from tests.eventually import eventually
from tests.search.index.listed import MEMORY, Listed, artist, numbered
from tests.search.index.searching import Search

if TYPE_CHECKING:
    from pathlib import Path

    from lidarrmetadata.config import DefaultConfig


def few() -> Listed:
    return Listed(*numbered(3))


def settings(folder: Path, **more: object) -> DefaultConfig:
    environ = {"LIDARR_METADATA_CONFIG": "TEST"}
    return load_config(environ=environ, SEARCH_INDEX_DIR=str(folder), **more)


def test_without_an_index_it_is_said_how_to_make_one(folder: IndexFolder) -> None:
    with pytest.raises(IndexUnavailable, match="lidarr-metadata search build"):
        Search(folder).everybody()


async def test_an_index_that_is_built_later_is_found(folder: IndexFolder) -> None:
    search = Search(folder)
    with pytest.raises(IndexUnavailable):
        search.everybody()

    await build(few(), folder, memory=MEMORY)

    assert search.everybody() == ["Number 0", "Number 1", "Number 2"]


async def test_a_problem_is_logged_once(
    folder: IndexFolder, caplog: pytest.LogCaptureFixture
) -> None:
    search = Search(folder)
    for _ in range(5):
        with pytest.raises(IndexUnavailable):
            search.everybody()

    assert caplog.text.count("search_index_unavailable") == 1


async def test_a_catalogue_that_fails_leaves_the_old_index(folder: IndexFolder) -> None:
    await build(few(), folder, memory=MEMORY)
    failing = Listed(*numbered(9))

    def fail(_after: int) -> None:
        raise ProviderUnavailable("gone")

    failing.before_rows = fail
    with pytest.raises(ProviderUnavailable):
        await build(failing, folder, memory=MEMORY)

    assert len(Search(folder).everybody()) == 3


async def test_progress_is_told_up_to_the_end(folder: IndexFolder) -> None:
    told = []
    await build(few(), folder, memory=MEMORY, progress=told.append)

    assert {(one.kind, one.done, one.about) for one in told} == {("artist", 3, 3), ("album", 3, 3)}


async def test_an_update_begins_where_the_build_began(folder: IndexFolder) -> None:
    catalogue = few()
    state = await build(catalogue, folder, memory=MEMORY)
    await update(catalogue, folder, memory=MEMORY)
    await update(catalogue, folder, memory=MEMORY)

    _, second, third = catalogue.asked_since
    assert (second[0].isoformat(), second[1]) == (state.since, "mark 1")
    assert third[0] > second[0]
    assert third[1] == "mark 2"


async def test_an_update_adds_renames_and_removes(folder: IndexFolder) -> None:
    catalogue = few()
    await build(catalogue, folder, memory=MEMORY)
    search = Search(folder)
    assert len(search.everybody()) == 3

    gone, renamed = catalogue.listed[0], catalogue.listed[1]
    added = artist("Number 77")
    catalogue.listed = [replace(renamed, name="Other Number"), catalogue.listed[2], added]
    catalogue.changed = ({gone.id, renamed.id, added.id}, set())
    await update(catalogue, folder, memory=MEMORY)

    assert search.everybody() == ["Number 2", "Number 77", "Other Number"]
    assert folder.current().state().artists == 3


async def test_what_cannot_be_updated_says_so(folder: IndexFolder) -> None:
    catalogue = few()
    with pytest.raises(RebuildNeeded, match="no search index"):
        await update(catalogue, folder, memory=MEMORY)

    await build(catalogue, folder, memory=MEMORY)
    catalogue.everything = True
    with pytest.raises(RebuildNeeded, match="search build"):
        await update(catalogue, folder, memory=MEMORY)


@pytest.mark.parametrize("ending", [".store", ".term", ".idx", ".fast", "meta.json", "state.json"])
async def test_a_truncated_file_makes_it_unavailable_until_it_is_built_anew(
    folder: IndexFolder, ending: str
) -> None:
    await build(few(), folder, memory=MEMORY)
    for path in folder.current().path.rglob(f"*{ending}"):
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
    search = Search(folder)
    with pytest.raises(IndexUnavailable, match="search build"):
        search.everybody()
    with pytest.raises(RebuildNeeded):
        await update(few(), folder, memory=MEMORY)

    await build(few(), folder, memory=MEMORY)

    assert len(search.everybody()) == 3


@pytest.mark.parametrize("said", ["", "../../etc", "g9999", "\0"])
async def test_a_broken_pointer_is_no_index(folder: IndexFolder, said: str) -> None:
    await build(few(), folder, memory=MEMORY)
    (folder.path / "current").write_text(said)
    with pytest.raises(IndexUnavailable):
        Search(folder).everybody()

    await build(few(), folder, memory=MEMORY)
    assert len(Search(folder).everybody()) == 3


async def test_an_index_of_another_edition_is_not_read_but_built_anew(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build(few(), folder, memory=MEMORY)
    state = folder.current().path / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "edition": folders.EDITION + 1}))

    with pytest.raises(IndexUnavailable, match="another edition"):
        Search(folder).everybody()
    with pytest.raises(RebuildNeeded, match="another edition"):
        await update(few(), folder, memory=MEMORY)
    await build(few(), folder, memory=MEMORY)
    assert len(Search(folder).everybody()) == 3


def test_each_catalogue_has_an_index_of_its_own(tmp_path: Path) -> None:
    def at(**database: object) -> str:
        return IndexFolder.of(settings(tmp_path, DATABASE=database)).catalogue

    lan = at(host="db.lan", port=5432, database="musicbrainz_db", user="u", password="p")
    catalogues = {
        IndexFolder.of(settings(tmp_path)).catalogue,
        lan,
        at(host="db.lan", port=5433, database="musicbrainz_db", user="u", password="p"),
        at(host="/run/db", port=5432, database="musicbrainz_db", user="u", password="p"),
        at(host="run_db", port=5432, database="musicbrainz_db", user="u", password="p"),
        at(host="embedded", port=5432, database="x", user="u", password="p"),
    }

    assert len(catalogues) == 6
    assert "embedded" in catalogues
    assert lan.startswith("db.lan-5432-musicbrainz_db-")
    assert not any("/" in name for name in catalogues)


async def test_the_index_of_the_sample_never_answers_for_a_mirror(tmp_path: Path) -> None:
    await build(few(), IndexFolder.of(settings(tmp_path)), memory=MEMORY)
    mirror = settings(tmp_path, DATABASE__HOST="db.lan")

    with pytest.raises(IndexUnavailable, match="no search index"):
        Search(IndexFolder.of(mirror)).everybody()


async def test_the_keeper_builds_then_updates_the_index_of_the_embedded_catalogue(
    tmp_path: Path,
) -> None:
    config = settings(tmp_path)
    catalogue = few()
    search = Search(IndexFolder.of(config))

    async def kept_until(names: int) -> None:
        async def there() -> bool:
            try:
                return len(search.everybody()) == names
            except IndexUnavailable:
                return False

        keeper = IndexKeeper(config, [catalogue])
        await keeper.open()
        await eventually(there)
        await keeper.close()

    await kept_until(3)
    first = IndexFolder.of(config).current().path
    added = artist("Number 77")
    catalogue.listed.append(added)
    catalogue.changed = ({added.id}, set())
    await kept_until(4)

    assert IndexFolder.of(config).current().path == first


async def test_the_keeper_leaves_other_catalogues_alone(tmp_path: Path) -> None:
    catalogue = few()
    keeper = IndexKeeper(settings(tmp_path, DATABASE__HOST="db.lan"), [catalogue])
    await keeper.open()
    await keeper.close()

    assert not catalogue.asked_since
    assert IndexFolder.of(settings(tmp_path)).path.exists() is False


async def test_a_keeper_that_is_stopped_lets_go_of_the_index(tmp_path: Path) -> None:
    config = settings(tmp_path)
    for _ in range(3):
        keeper = IndexKeeper(config, [few()])
        await keeper.open()
        await keeper.close()
    folder = IndexFolder.of(config)

    await build(few(), folder, memory=MEMORY)

    assert len(Search(folder).everybody()) == 3
