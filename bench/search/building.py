"""The built-in index of invented names, made and searched as the product does both."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from bench import BenchError
from bench.report import Progress
from bench.search.apart import Memory
from bench.search.asking import Searcher, search
from bench.search.catalogue import read_albums, read_artists
from bench.search.report import Built
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.search_index import SearchIndexProvider
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.search.index.folder import IndexFolder, State
from lidarrmetadata.search.index.writer import Writer
from lidarrmetadata.server import SWITCH_SECONDS
from lidarrmetadata.settings import load_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.search.asking import Searched
    from bench.search.catalogue import Files
    from bench.search.questions import Kind, Question
    from lidarrmetadata.config import DefaultConfig

T = TypeVar("T")


def build(files: Files, folder: Path, memory: int, total: int) -> Built:
    """Build the index of these files, which must not be there yet. For a process of its own.

    The time runs from opening the first file until the index can be searched.
    """
    started, processor = time.monotonic(), time.process_time()
    with Progress() as progress:
        place = IndexFolder.of(_config(folder))
        with place.locked():
            state = State(place.catalogue, since=_now(), begun=_now())
            generation = place.begin(state)
            building = _Building(generation.path, total, progress)
            with Writer(generation.path, memory) as writer:
                for file in files.artists:
                    building.add(writer.add_artist, read_artists, file)
                for file in files.albums:
                    building.add(writer.add_album, read_albums, file)
                progress.say("building: the rest")
            artists, albums = writer.count("artist"), writer.count("album")
            if artists + albums != total:
                raise BenchError(f"of {total:,} names the index has {artists + albums:,}")
            generation.write(replace(state, artists=artists, albums=albums, built=_now()))
            place.publish(generation)
    seconds, processor = time.monotonic() - started, time.process_time() - processor
    disk = _bytes_in(folder)
    return Built(
        seconds,
        processor,
        building.reading,
        disk,
        max(disk, building.most_disk),
        Memory.of_this_process(),
    )


class _Building:
    """How far it is, seconds of reading so far, and the most bytes that the index had."""

    def __init__(self, folder: Path, total: int, progress: Progress) -> None:
        self.reading = 0.0
        self.most_disk = 0
        self._folder = folder
        self._total = total
        self._progress = progress
        self._done = 0

    def add(self, add: Callable[[T], None], read: Callable[[Path], list[T]], file: Path) -> None:
        """Add what a file holds."""
        self._progress.say(f"building, {100 * self._done // self._total} %")
        started = time.monotonic()
        names = read(file)
        self.reading += time.monotonic() - started
        for one in names:
            add(one)
        self._done += len(names)
        self.most_disk = max(self.most_disk, _bytes_in(self._folder))


def search_in(
    folder: Path, questions: Mapping[Kind, Sequence[Question]]
) -> tuple[Memory, Searched, Memory]:
    """What came of the questions, and the memory before and after. For a process of its own."""
    # As the server does: see lidarrmetadata/server.py.
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    return asyncio.run(_search_in(folder, questions))


async def _search_in(
    folder: Path, questions: Mapping[Kind, Sequence[Question]]
) -> tuple[Memory, Searched, Memory]:
    provider = SearchIndexProvider(_config(folder), Tools.of_this_process(SystemClock()))
    await provider.open()
    try:
        before = Memory.of_this_process()
        with Progress() as progress:
            searcher = Searcher(provider, provider)
            searched = await search(searcher, questions, progress.say)
        return before, searched, Memory.of_this_process()
    finally:
        await provider.close()


def _config(folder: Path) -> DefaultConfig:
    """Settings under which the index is there."""
    return load_config(environ={"LIDARR_METADATA_CONFIG": "DEFAULT"}, SEARCH_INDEX_DIR=str(folder))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _bytes_in(folder: Path) -> int:
    """What the files have, those that are gone while we look left out."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue
    return total
