"""Invents artists and albums and puts them into files, so that inventing them is not timed.

They come in parts of some 10,000 artists with their albums. Each part is made from its number
alone: by any process, in any order, and the same in every run.
"""

from __future__ import annotations

import math
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import accumulate, cycle, pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import orjson

from bench.search.vocabulary import LATIN, SCRIPTS, chance, drawn, vocabulary
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_EDITION = 1  # goes up whenever other names are invented, so that those kept are not used
_ARTISTS, _ALBUMS = "-artists.json", "-albums.json"
_PART = 10_000  # artists
_SAMPLED = 10  # parts
# Whoever is at the keyboard stops the benchmark, and that its processes.
_NOT_MINE = (signal.SIGINT, signal.SIG_IGN)
_SHARES = (88, 4, 4, 2, 1, 1)  # percent of artists, by script
_LENGTHS = ((1, 2, 3, 4), (28, 46, 19, 7))  # words of a name, and percent of names
_TITLE_LENGTHS = ((1, 2, 3, 4, 5), (30, 32, 20, 12, 6))
_THE, _AND = 0.1, 0.02  # of names have an article, an "&"
_WITH_ALIASES = 0.24  # of those in Latin letters, and all others: a third of all
_MOST_ALIASES = 8
_COMMON = 2000  # names that several have
_COMMONLY_NAMED = 0.03  # of artists and of albums have one of them
_SELF_TITLED = 0.08
_COMPILATIONS, _BOOTLEGS = 0.1, 0.03
# Albums of an artist: most have one or two, few have hundreds (Pareto).
_SHAPE = 1.1
_MOST_ALBUMS = 2000
_RENOWN = 200  # times the logarithm of the albums, as the product counts it; votes are as many
_BONUS = 200  # of an album for being one


class Album(NamedTuple):
    """An album, and the artist it is by."""

    album: AlbumNames
    artist: ArtistNames


class Files(NamedTuple):
    """The files of all artists, and those of their albums in the same order."""

    artists: list[Path]
    albums: list[Path]


def names_in(
    folder: Path, artists: int, albums: int, processes: int, told: Callable[[int], None]
) -> Files:
    """The files of so many artists and albums; written if they are not in the folder yet.

    `told` hears how many of both there are.
    """
    finished = folder / f"names-{_EDITION}-{artists}-{albums}"
    if not finished.exists():
        unfinished = finished.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _invent(unfinished, artists, albums, processes, told)
        unfinished.rename(finished)
    return Files(sorted(finished.glob(f"*{_ARTISTS}")), sorted(finished.glob(f"*{_ALBUMS}")))


def some_of(files: Files, many: int) -> tuple[list[ArtistNames], list[Album]]:
    """So many artists, and as many albums, by chance from a few files; all if they hold fewer."""
    rng = chance("some")
    pairs = list(zip(*files, strict=True))
    artists: list[ArtistNames] = []
    albums: list[Album] = []
    for artist_file, album_file in rng.sample(pairs, min(len(pairs), _SAMPLED)):
        by_id = {artist.id: artist for artist in read_artists(artist_file)}
        artists += by_id.values()
        albums += [Album(album, by_id[album.artist_id]) for album in read_albums(album_file)]
    return (
        rng.sample(artists, min(many, len(artists))),
        rng.sample(albums, min(many, len(albums))),
    )


def _invent(
    folder: Path, artists: int, albums: int, processes: int, told: Callable[[int], None]
) -> None:
    count = math.ceil(artists / _PART)
    ends = [round(artists * number / count) for number in range(count + 1)]
    album_ends = [round(albums * number / count) for number in range(count + 1)]
    work = (
        [folder] * count,
        range(count),
        [end - start for start, end in pairwise(ends)],
        [end - start for start, end in pairwise(album_ends)],
    )
    with ExitStack() as stack:
        done = 0
        parts: Iterator[int] = map(_write, *work)
        if min(processes, count) > 1:
            pool = ProcessPoolExecutor(processes, get_context("spawn"), signal.signal, _NOT_MINE)
            stack.callback(pool.shutdown, cancel_futures=True)
            parts = pool.map(_write, *work)
        for made in parts:
            done += made
            told(done)


def read_artists(file: Path) -> list[ArtistNames]:
    """The artists of a file."""
    return [
        ArtistNames(mbid, name, sort_name, tuple(aliases), renown)
        for mbid, name, sort_name, aliases, renown in orjson.loads(file.read_bytes())
    ]


def read_albums(file: Path) -> list[AlbumNames]:
    """The albums of a file."""
    return [
        AlbumNames(mbid, title, artist, tuple(aliases), tuple(names), renown, Grade(grade))
        for mbid, title, artist, aliases, names, renown, grade in orjson.loads(file.read_bytes())
    ]


def _write(folder: Path, number: int, artists: int, albums: int) -> int:
    """Write a part; how many of both it has."""
    for name, rows in zip(
        (_ARTISTS, _ALBUMS), _Inventor(number).part(artists, albums), strict=True
    ):
        folder.joinpath(f"{number:05}{name}").write_bytes(orjson.dumps(rows))
    return artists + albums


class _Inventor:
    """What is random about one part."""

    def __init__(self, number: int) -> None:
        self._rng = chance(number)
        self._words = {script: drawn(self._rng, vocabulary(script)) for script in SCRIPTS}
        words = drawn(chance("common"), vocabulary(LATIN))  # the same ones in every part
        self._common = drawn(
            self._rng, [" ".join(next(words) for _ in range(i % 3 + 1)) for i in range(_COMMON)]
        )

    def part(self, artists: int, albums: int) -> tuple[list[object], list[object]]:
        """The rows of artists, and those of albums."""
        rng = self._rng
        weights = [min(rng.paretovariate(_SHAPE), _MOST_ALBUMS) for _ in range(artists)]
        sums = [0.0, *accumulate(weights)]
        ends = [round(albums * total / sums[-1]) for total in sums]
        scripts = rng.choices(list(SCRIPTS), _SHARES, k=artists)
        artist_rows: list[object] = []
        album_rows: list[object] = []
        for script, weight, (start, end) in zip(scripts, weights, pairwise(ends), strict=True):
            mbid, name, aliases = self._mbid(), self._artist_name(script), self._aliases(script)
            # Whom more know has more albums and more votes, and some have more votes than albums.
            renown = round(_RENOWN * math.log2(1 + weight * rng.paretovariate(2)))
            artist_rows.append((mbid, name, self._sort_name(name), aliases, renown))
            credit = [name, *aliases]
            album_rows += [
                self._album(mbid, name, script, credit, renown) for _ in range(end - start)
            ]
        return artist_rows, album_rows

    def _album(
        self, artist: str, name: str, script: str, credit: list[str], renown: int
    ) -> tuple[object, ...]:
        rng = self._rng
        luck = rng.random()
        if luck < _SELF_TITLED:
            title = name
        elif luck < _SELF_TITLED + _COMMONLY_NAMED:
            title = next(self._common)
        else:
            title = self._name(script, _TITLE_LENGTHS)
        known = round(_RENOWN * math.log2(rng.paretovariate(1))) + renown // 4 + _BONUS
        luck = rng.random()
        grade = Grade.OFFICIAL
        if luck < _BOOTLEGS:
            grade = Grade.BOOTLEG
        elif luck < _BOOTLEGS + _COMPILATIONS:
            grade = Grade.COMPILATION
        return (self._mbid(), title, artist, [], credit, known, int(grade))

    def _mbid(self) -> str:
        text = f"{self._rng.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _artist_name(self, script: str) -> str:
        if self._rng.random() < _COMMONLY_NAMED:
            return next(self._common)
        name = self._name(script, _LENGTHS)
        return f"The {name}" if script == LATIN and self._rng.random() < _THE else name

    def _name(self, script: str, lengths: tuple[Sequence[int], Sequence[int]]) -> str:
        (count,) = self._rng.choices(*lengths)
        words = [word for word, _ in zip(self._words[script], range(count), strict=False)]
        if count > 2 and self._rng.random() < _AND:
            words[1] = "&"
        return " ".join(words)

    def _aliases(self, script: str) -> list[str]:
        """Of a third of all artists some; of names in other scripts one in Latin letters always."""
        few = 0
        if script != LATIN or self._rng.random() < _WITH_ALIASES:
            few = min(int(self._rng.paretovariate(1.5)), _MOST_ALIASES)
        scripts: Iterator[str] = cycle((LATIN, LATIN, script))
        return list({self._name(next(scripts), _LENGTHS): None for _ in range(few)})

    def _sort_name(self, name: str) -> str:
        first, _, rest = name.partition(" ")
        is_person = rest and self._rng.random() < 0.5
        return f"{rest}, {first}" if first == "The" or is_person else name
