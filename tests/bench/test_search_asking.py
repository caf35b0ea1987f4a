"""Asking questions and telling what came of it, over a handful of names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.measure import Times
from bench.search.apart import Memory
from bench.search.asking import AT_ONCE, Row, Searched, Searcher, search
from bench.search.questions import Kind, Question
from bench.search.report import Built, IndexReport, index_json, index_table
from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import AlbumNameSearchMixin, ArtistNameSearchMixin
from lidarrmetadata.search.names import AlbumNames, ArtistNames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.search.matching import Query

NIRVANA = ArtistNames("1", "Nirvana", renown=900)
BLEACH = AlbumNames("2", "Bleach", "1", credits=("Nirvana",))


class Handful(ArtistNameSearchMixin, AlbumNameSearchMixin):
    """Finds everything always, and fails or dawdles when asked to."""

    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        if query.text == "fail":
            raise ProviderUnavailable("was asked to fail")
        if query.text == "dawdle":
            time.sleep(0.05)  # noqa: ASYNC251 - that is what is to be noticed
        return [NIRVANA]

    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        return [BLEACH]


async def searched(*questions: Question) -> Searched:
    said: list[str] = []
    by_kind: dict[Kind, list[Question]] = {}
    for question in questions:
        by_kind.setdefault(question.kind, []).append(question)
    found = await search(Searcher(Handful(), Handful()), by_kind, said.append, idle_seconds=0.01)
    assert len(said) == len(found.rows)
    return found


async def test_each_kind_is_asked_one_at_a_time_and_several() -> None:
    found = await searched(
        *[Question(Kind.ARTIST, "nirvana", "", NIRVANA)] * 10,
        *[Question(Kind.ALBUM, "bleach", "", None, BLEACH)] * 12,
    )
    assert [(row.kind, row.at_once, len(row.times.values)) for row in found.rows] == [
        (kind, at_once, many) for at_once in AT_ONCE for kind, many in
        ((Kind.ARTIST, 10), (Kind.ALBUM, 12))
    ]  # fmt: skip
    assert all(row.found == row.judged == len(row.times.values) for row in found.rows)


async def test_the_artist_that_only_the_album_brings_in_is_found() -> None:
    found = await searched(Question(Kind.MIXED, "nirvana bleach", "", NIRVANA, BLEACH))
    assert all((row.found, row.judged) == (1, 1) for row in found.rows)


async def test_what_is_wrong_or_fails_is_not_found() -> None:
    other = ArtistNames("3", "Mudhoney")
    found = await searched(
        Question(Kind.ARTIST, "nirvana", "", NIRVANA),
        Question(Kind.ARTIST, "nirvana", "", other),
        Question(Kind.ARTIST, "fail", "", NIRVANA),
    )
    assert all((row.found, row.judged, row.failed) == (1, 3, 1) for row in found.rows)


async def test_questions_without_an_expected_answer_are_not_judged() -> None:
    found = await searched(Question(Kind.COMMON, "the love"))
    assert all((row.found, row.judged) == (0, 0) for row in found.rows)


async def test_nonsense_that_finds_something_is_answered_wrongly() -> None:
    found = await searched(Question(Kind.NONSENSE, "nirvana"), Question(Kind.NONSENSE, "xqzvkjwp"))
    assert all((row.found, row.judged) == (1, 2) for row in found.rows)


async def test_a_search_that_holds_up_the_loop_is_noticed() -> None:
    found = await searched(Question(Kind.ARTIST, "dawdle", "", NIRVANA))
    assert all(row.pause >= 40 for row in found.rows)


def report(rows: list[Row], **built: float) -> IndexReport:
    memory = Memory(3_000_000, 2_000_000, 1_000_000)
    made = {"seconds": 100.0, "reading": 10.0, "disk": 10**9, "most_disk": 2 * 10**9, **built}
    return IndexReport(
        artists=2,
        albums=3,
        inventing=1.0,
        built=Built(made["seconds"], 150.0, made["reading"], int(made["disk"]), 2 * 10**9, memory),
        before=memory,
        searched=Searched(rows, idle=2.0),
        after=memory,
    )


def row(kind: Kind, *times: float, pause: float = 3.0) -> Row:
    return Row(kind, 1, Times(times), pause, work=1.5, found=3, judged=4, failed=1, processor=2.0)


def test_all_that_is_aimed_at_is_met_or_missed() -> None:
    good = report([row(Kind.ARTIST, 5.0, 40.0), row(Kind.TYPO_ARTIST, 60.0, 80.0)])
    assert index_table(good).count(": met") == 5
    assert ": missed" not in index_table(good)
    bad = report(
        [
            row(Kind.ARTIST, 5.1, 5.1),
            row(Kind.ALBUM, 1.0, 40.1),
            row(Kind.TYPO_ARTIST, 1.0, 80.1, pause=12.1),
        ],
        seconds=241.0,
        disk=1_300_000_000,
    )
    assert index_table(bad).count(": missed") == 6
    assert ": met" not in index_table(bad)


def test_numbers_are_for_programs_too() -> None:
    numbers = index_json(report([row(Kind.TYPO_ARTIST, 1.0, 90.0), row(Kind.COMMON, 1.0)]))
    assert (numbers["build"]["met"], numbers["build"]["processor"]) == (True, 150.0)
    assert numbers["pause"] == {
        "longest": 1.0,
        "idle": 2.0,
        "work": 1.5,
        "target": 10.0,
        "met": True,
    }
    typo, common = numbers["searches"]
    assert (typo["times"]["p99"], typo["target_p99"], typo["met"]) == (90.0, 80.0, False)
    assert (typo["found"], typo["judged"], typo["failed"]) == (3, 4, 1)
    assert typo["processor"] == 2.0
    assert common["met"] is None


def test_a_pause_that_an_idle_loop_has_too_is_not_of_searching() -> None:
    assert report([row(Kind.ARTIST, 1.0, pause=1.0)]).searched.pause == 0.0
