"""Where indexes are, which one serves, and who may write.

    <root>/<catalogue>/lock         held by the one process that writes; holds its pid
    <root>/<catalogue>/current      name of the generation that serves
    <root>/<catalogue>/g0001/       a generation: artists/, albums/ and state.json

Each catalogue has a folder of its own, so that an index of the sample never answers for a mirror.
A generation is built where nobody looks, and serves from the moment `current` names it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from lidarrmetadata.config import EMBEDDED
from lidarrmetadata.search.index.errors import IndexBusy, IndexUnavailable
from lidarrmetadata.search.index.schema import EDITION
from lidarrmetadata.settings import data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lidarrmetadata.config import DefaultConfig

_STALE = timedelta(days=1)
"""A build this old is begun anew: it would lack what has been deleted since."""

_EMBEDDED = "embedded"  # others have a hash in their names
_LONGEST_NAME = 60  # characters of a folder's name, without the hash
_GENERATION = re.compile("g[0-9]{4,9}")


@dataclass(frozen=True)
class State:
    """What is known of a generation. Times are ISO 8601 with a time zone.

    `since` and `mark` say from where on changes are not in it. `artists` and `albums` count what
    is in it. While it is being built `built` is empty and `after` holds the last row of each kind
    that is on disk.
    """

    catalogue: str
    since: str
    mark: str = ""
    edition: int = EDITION
    artists: int = 0
    albums: int = 0
    begun: str = ""
    built: str = ""
    updated: str = ""
    after: Mapping[str, int] | None = None


class Generation:
    """One index of a catalogue, serving, half-built or left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def number(self) -> int:
        """They are counted up."""
        return int(self.path.name[1:])

    def state(self) -> State:
        """What is known of it. Raises `IndexUnavailable`."""
        try:
            text = (self.path / "state.json").read_text(encoding="utf-8")
            read = json.loads(text)
            if read["edition"] != EDITION:
                raise IndexUnavailable(
                    f"the search index {self.path} is of another edition of this server: "
                    "`lidarr-metadata search build` makes it anew"
                )
            return State(**read)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexUnavailable(
                f"the search index {self.path} cannot be read ({error}): "
                "`lidarr-metadata search build` makes it anew"
            ) from error

    def write(self, state: State) -> None:
        """Keep what is known of it. Raises OSError."""
        write_whole(self.path / "state.json", json.dumps(asdict(state), indent=1))

    def bytes(self) -> int:
        """What it takes on disk."""
        total = 0
        for parent, _, files in os.walk(self.path):
            for name in files:
                with suppress(OSError):  # merged away meanwhile
                    total += Path(parent, name).stat().st_size
        return total


class IndexFolder:
    """The folder of the indexes of one catalogue."""

    def __init__(self, root: Path, catalogue: str) -> None:
        """`catalogue` names it: a file name, which nothing else is called."""
        self.catalogue = catalogue
        self.path = root / catalogue

    @classmethod
    def of(cls, config: DefaultConfig, environ: Mapping[str, str] | None = None) -> IndexFolder:
        """Where the settings have the index of the catalogue they lead to."""
        environ = os.environ if environ is None else environ
        own = config.SEARCH_INDEX_DIR
        root = Path(own).expanduser().absolute() if own else data_dir(config, environ) / "search"
        return cls(root, _name(config))

    @property
    def is_embedded(self) -> bool:
        """Whether it is that of the embedded catalogue."""
        return self.catalogue == _EMBEDDED

    def current(self) -> Generation:
        """The generation that serves. Raises `IndexUnavailable`."""
        try:
            name = (self.path / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise IndexUnavailable(
                f"there is no search index in {self.path} yet: "
                "`lidarr-metadata search build` makes one"
            ) from None
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"the search index cannot be read: {error}") from error
        if not _GENERATION.fullmatch(name):
            raise IndexUnavailable(
                f"{self.path / 'current'} names no search index: "
                "`lidarr-metadata search build` makes one"
            )
        return Generation(self.path / name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes here; the kernel ends that however this process ends.

        Raises `IndexBusy` if somebody else is, and OSError if nobody can write here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
                raise IndexBusy(
                    f"the search index in {self.path} is being written by process {holder}: "
                    "wait until it has finished"
                ) from None
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            try:
                yield
            finally:
                # Closing alone would not do it while a forked process has the same file open.
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            os.close(lock)

    def begin(self, state: State) -> Generation:
        """A new generation, to be built. Only with the lock. Raises OSError."""
        numbers = [generation.number for generation in self._generations()]
        generation = Generation(self.path / f"g{max(numbers, default=0) + 1:04}")
        generation.path.mkdir()
        generation.write(state)
        return generation

    def half_built(self, now: datetime) -> Generation | None:
        """A generation that somebody began and did not finish, worth going on with."""
        for generation in sorted(self._generations(), key=lambda one: -one.number):
            with suppress(IndexUnavailable, ValueError):
                state = generation.state()
                is_young = now - datetime.fromisoformat(state.begun) < _STALE
                if not state.built and state.catalogue == self.catalogue and is_young:
                    return generation
        return None

    def publish(self, generation: Generation) -> None:
        """Have a generation serve, and remove all others. Only with the lock. Raises OSError.

        Who still reads another one has its files open, and goes on until they look again.
        """
        write_whole(self.path / "current", f"{generation.path.name}\n")
        self._tidy(generation.path)

    def tidy_all_but_serving(self, generation: Generation) -> None:
        """Remove what other builds than this one have left behind. Only with the lock."""
        kept = {generation.path}
        with suppress(IndexUnavailable):
            kept.add(self.current().path)
        self._tidy(*kept)

    def _tidy(self, *kept: Path) -> None:
        for generation in self._generations():
            if generation.path not in kept:
                shutil.rmtree(generation.path, ignore_errors=True)

    def _generations(self) -> list[Generation]:
        if not self.path.is_dir():
            return []
        return [
            Generation(path)
            for path in self.path.iterdir()
            if path.is_dir() and _GENERATION.fullmatch(path.name)
        ]


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, whenever the power fails. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _name(config: DefaultConfig) -> str:
    """The folder for a catalogue: readable, and no two the same."""
    database = config.DATABASE
    if config.sources.get("DATABASE__HOST") == EMBEDDED or not database["host"]:
        return _EMBEDDED
    parts = [str(database[part]) for part in ("host", "port", "database")]
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(parts)).strip("._-")
    distinct = blake2b("\0".join(parts).encode(), digest_size=4).hexdigest()
    return f"{readable[:_LONGEST_NAME]}-{distinct}"
