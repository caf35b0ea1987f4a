"""Builds or updates an index in a process of its own, to be killed in the middle.

    python -m tests.search.index.at_work build <root> <artists> <die>
    python -m tests.search.index.at_work update <root> <artists> <die>

`die` is where it kills itself: `state:N` instead of writing the Nth state, `close:N` after the Nth
commit of a kind, `rows:N` before it reads the rows after N, or `stall:N` to stay there for good.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from lidarrmetadata.search.index import build as building
from lidarrmetadata.search.index import update as updating
from lidarrmetadata.search.index.folder import Generation, IndexFolder
from lidarrmetadata.search.index.writer import Writer
from tests.search.index.listed import MEMORY, Listed, album, artist, numbered

BATCH, COMMIT = 100, 300


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def changed(count: int) -> Listed:
    """The catalogue of so many, in which the first artist and album have other names now."""
    artists, albums = numbered(count)
    catalogue = Listed(artists, albums)
    renamed = artist("Renamed Number")
    catalogue.listed[0] = type(renamed)(artists[0].id, "Renamed Number", "", (), 0)
    retitled = album("Retitled", renamed)
    catalogue.albums[0] = type(retitled)(albums[0].id, "Retitled", renamed.id)
    catalogue.changed = ({artists[0].id}, {albums[0].id})
    return catalogue


def small_steps() -> None:
    """Small batches and commits, so that there are many."""
    building._BATCH, building._COMMIT = BATCH, COMMIT


def _dies_at(kind: type[Any], method: str, number: int, *, after: bool) -> None:
    original = getattr(kind, method)
    calls = [0]

    def counted(self: object, *args: object) -> object:
        calls[0] += 1
        if calls[0] == number and not after:
            die()
        result = original(self, *args)
        if calls[0] == number:
            die()
        return result

    setattr(kind, method, counted)


def main(what: str, root: str, count: str, where: str) -> None:
    small_steps()
    place, _, number = where.partition(":")
    folder = IndexFolder(Path(root), "embedded")
    catalogue = changed(int(count)) if what == "update" else Listed(*numbered(int(count)))
    if place == "state":
        _dies_at(Generation, "write", int(number), after=False)
    elif place == "close":
        _dies_at(Writer, "close", int(number), after=True)
    else:

        def reached(after: int) -> None:
            if after >= int(number):
                print("reached", flush=True)  # noqa: T201
                if place == "rows":
                    die()
                time.sleep(600)

        catalogue.before_rows = reached
    if what == "build":
        asyncio.run(building.build(catalogue, folder, memory=MEMORY))
    else:
        asyncio.run(updating.update(catalogue, folder, memory=MEMORY))


if __name__ == "__main__":
    main(*sys.argv[1:])
