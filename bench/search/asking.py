"""The questions, asked of the built-in index as the server asks them: in one event loop."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bench.measure import Times
from bench.search.pauses import idle, watched
from bench.search.questions import Kind, asked
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.search.names import ArtistNames
from lidarrmetadata.search.ranking import interleave, rank_albums, rank_artists

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.search.questions import Question
    from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
    from lidarrmetadata.search.names import AlbumNames
    from lidarrmetadata.search.ranking import Hit

AT_ONCE = (1, 8)
MOST_PAUSE = 10.0
"""Milliseconds that the event loop may stand still at most."""

_LIMIT = 10  # hits, as Lidarr asks for
_WARM_UP = 20  # questions that do not count: files are mapped, code is loaded
_IDLE_SECONDS = 1.0  # before, and after
_LAST_TICK = 0.01  # seconds, for a pause at the end to be noticed
_LOOKED_AT = 2  # of the hits: artist and album

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """What was measured of one kind of questions, so many of them at a time.

    `pause` is the longest of the event loop meanwhile, in milliseconds, `work` the most that it
    computed itself without a pause. `found` of `judged`
    questions had what was wanted first; of the others there is no telling. `failed` of all were
    not answered at all, which is not found; the time until that counts. `processor` is what a
    question took of one on average, in milliseconds, all threads together.
    """

    kind: Kind
    at_once: int
    times: Times
    pause: float
    work: float
    found: int
    judged: int
    failed: int
    processor: float

    @property
    def met(self) -> bool | None:
        """Whether the times are within the targets, None without one."""
        limits = (50, 99)
        kept = [
            self.times.percentile(percent) <= most
            for percent, most in zip(limits, self.kind.targets, strict=True)
            if most is not None
        ]
        return all(kept) if kept else None


@dataclass(frozen=True)
class Searched:
    """All rows, and the longest pause of the same loop when it had nothing to do."""

    rows: list[Row]
    idle: float

    @property
    def pause(self) -> float:
        """The longest that searching made, in milliseconds."""
        return max(0.0, max(row.pause for row in self.rows) - self.idle)

    @property
    def work(self) -> float:
        """The most that the loop itself computed without a pause, in milliseconds."""
        return max(row.work for row in self.rows)


class Answer(NamedTuple):
    """Milliseconds until the hits were in order, and the first of them; None if that failed."""

    question: Question
    took: float
    first: list[ArtistNames | AlbumNames] | None


class Searcher:
    """Searches as the server does, and knows what the hits are."""

    def __init__(self, artists: ArtistNameSearchMixin, albums: AlbumNameSearchMixin) -> None:
        self._artists = artists
        self._albums = albums
        self._ranking = ThreadPoolExecutor(1)

    async def ask(self, question: Question) -> Answer:
        """The answer to one question."""
        started = time.perf_counter()
        try:
            first = await self._first(question)
        except ProviderUnavailable:
            first = None
        return Answer(question, (time.perf_counter() - started) * 1000, first)

    async def _first(self, question: Question) -> list[ArtistNames | AlbumNames]:
        query, artist = asked(question)
        kind = question.kind
        artists, albums = await asyncio.gather(
            self._artists.search_artists(query, _LIMIT) if kind.searches_artists else _none(),
            self._albums.search_albums(query, artist, _LIMIT) if kind.searches_albums else _none(),
        )
        # In a thread, as the server does: it ranks some dozen names in pure Python.
        rank = partial(asyncio.get_running_loop().run_in_executor, self._ranking)
        ranked_artists = await rank(rank_artists, query, artists, _LIMIT)
        ranked_albums = await rank(rank_albums, query, artist, albums, _LIMIT)
        hits = interleave(ranked_artists, ranked_albums)
        return _things(hits[:_LOOKED_AT], artists, albums)


async def search(
    searcher: Searcher,
    questions: Mapping[Kind, Sequence[Question]],
    told: Callable[[str], None],
    idle_seconds: float = _IDLE_SECONDS,
) -> Searched:
    """Ask all questions, one at a time and several; `told` hears which."""
    rows = []
    longest_idle = await idle(idle_seconds)
    for at_once in AT_ONCE:
        for kind, some in questions.items():
            told(f"searching: {kind.value}, {at_once} at a time")
            for question in some[:_WARM_UP]:
                await searcher.ask(question)
            rows.append(await _row(searcher, kind, some, at_once))
    # Whatever else this machine does now and then came before, after, or not at all.
    return Searched(rows, max(longest_idle, await idle(idle_seconds)))


async def _row(searcher: Searcher, kind: Kind, some: Sequence[Question], at_once: int) -> Row:
    waiting = iter(some)
    answers: list[Answer] = []

    async def asking() -> None:
        for question in waiting:
            answers.append(await searcher.ask(question))  # noqa: PERF401 - in the order they end

    started = time.process_time()
    with watched() as pauses:
        await asyncio.gather(*(asking() for _ in range(at_once)))
        await asyncio.sleep(_LAST_TICK)
    processor = (time.process_time() - started) * 1000 / len(answers)
    judged = [
        answer.first is not None and answer.question.is_answered(answer.first)
        for answer in answers
        if answer.question.is_judged
    ]
    return Row(
        kind,
        at_once,
        Times(tuple(answer.took for answer in answers)),
        pauses.longest,
        pauses.work,
        sum(judged),
        len(judged),
        sum(answer.first is None for answer in answers),
        processor,
    )


def _things(
    hits: Sequence[Hit], artists: Sequence[ArtistNames], albums: Sequence[AlbumNames]
) -> list[ArtistNames | AlbumNames]:
    """What the hits are; of an artist that only an album brought in no more than the id."""
    known: dict[str, ArtistNames | AlbumNames] = {one.id: one for one in artists}
    known.update({one.id: one for one in albums})
    return [known.get(hit.id) or ArtistNames(hit.id, "") for hit in hits]


async def _none() -> Sequence[T]:
    return ()
