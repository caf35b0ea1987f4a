"""The judge says what Lidarr says, about its cases, ours and the official server's answers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import orjson
import pytest

from lidarrmetadata.contract import Kind, mend_album, mend_artist, mend_list, violations
from tests.shared import DATA, shared_data

from . import documents as d

OURS = Path(__file__).parents[1] / "contract_cases"
CLIENT_CASES = DATA / "client-cases"
CAPTURES = DATA / "captures"

FOLLOWED: tuple[Kind, ...] = ("artist", "album")
# What the official server sends and we do not: year 1 for an album without a date.
MENDED_IN_CAPTURES = {"search-type-all_beatles.json": ["[1].album.releasedate"]}


def cases(folder: Path, least: int) -> list[Any]:
    """The rows of a folder's expected.tsv; one empty case in their place if it is not there."""
    if not folder.is_dir():
        return [pytest.param({}, id="absent")]
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len({row["file"] for row in rows}) >= least, f"{folder} is incomplete"
    return [pytest.param(row, id=f"{n}-{row['file']}") for n, row in enumerate(rows)]


def captures() -> list[Any]:
    names = sorted(path.name for path in CAPTURES.glob("*.json") if path.name != "root.json")
    return names or [""]


def kind_of(capture: str) -> Any:
    """search-type-all_beatles.json holds a search-all answer, recent-artist_… a recent one."""
    family = capture.partition("_")[0].replace("search-type-", "search-")
    return "recent" if family.startswith("recent") else family


@pytest.mark.parametrize("case", cases(CLIENT_CASES, least=217))
def test_the_judge_agrees_with_what_lidarrs_own_code_did(case: dict[str, Any]) -> None:
    shared_data("client-cases")
    body = (CLIENT_CASES / case["file"]).read_bytes()
    found = violations(case["kind"], body, int(case["status"]))
    assert ("no" if found else "yes") == case["accepted"], found


@pytest.mark.parametrize("case", cases(OURS, least=70))
def test_the_judge_names_the_place_lidarr_trips_over(case: dict[str, Any]) -> None:
    body = (OURS / case["file"]).read_bytes()
    found = violations(case["kind"], body, int(case["status"]))
    assert ("no" if found else "yes") == case["accepted"], found
    assert {violation.path for violation in found} <= {case["path"]}


def test_every_one_of_our_cases_is_listed() -> None:
    listed = {case.values[0]["file"] for case in cases(OURS, least=70)}
    assert {path.name for path in OURS.glob("*.json")} == listed


@pytest.mark.parametrize("capture", captures())
def test_answers_of_the_official_server_are_taken_and_need_no_mending(capture: str) -> None:
    shared_data("captures")
    kind, body = kind_of(capture), (CAPTURES / capture).read_bytes()
    assert violations(kind, body) == []
    document = orjson.loads(body)
    if kind == "recent":
        return
    mend: Any = {"artist": mend_artist, "album": mend_album}.get(kind)
    mended = mend(document) if mend else mend_list(kind, document)
    expected = MENDED_IN_CAPTURES.get(capture, [])
    assert [repair.path for repair in mended.repairs] == expected
    assert (mended.document is document) == (not expected)


@pytest.mark.parametrize(
    ("status", "rule"),
    [(400, "bad-request"), (404, "not-found"), (429, "failed"), (503, "unavailable")],
)
def test_a_proper_error_answer_is_told_from_a_broken_one(status: int, rule: str) -> None:
    for kind in FOLLOWED:
        (proper,) = violations(kind, b'{"error": "why"}', status)
        assert proper.rule == rule
        assert proper.is_error_answer
        for body in (b"Not Found", b'"Not Found"', b"[]", b'{"id": {}}', b"NaN"):
            (broken,) = violations(kind, body, status)
            assert not broken.is_error_answer, body
    (html,) = violations("artist", b"{}", status, "text/html; charset=utf-8")
    assert html.rule == "html"


def test_a_failed_search_is_a_failure_whatever_its_body_says() -> None:
    (failed,) = violations("search-all", b"<html>", 502, "text/html")
    assert failed.is_error_answer


def test_redirects_are_followed_on_artist_and_album_alone() -> None:
    for followed in FOLLOWED:
        assert violations(followed, b"<html>", 301, "text/html") == []
    others: tuple[Kind, ...] = ("search-all", "recent", "chart", "spotify-lookup")
    for kind in others:
        assert [v.rule for v in violations(kind, b"[]", 301)] == ["redirect"], kind


def test_an_integer_with_a_point_is_refused_in_the_raw_body_and_decoded() -> None:
    recent = b'{"limited": true, "count": 1.0}'
    assert [v.path for v in violations("recent", recent)] == ["count"]
    assert [v.path for v in violations("recent", {"limited": True, "count": 1.0})] == ["count"]
    assert violations("recent", recent.replace(b"1.0", b"1")) == []


def test_the_last_spelling_of_a_name_that_is_not_null_wins() -> None:
    good = d.artist()
    assert violations("artist", {**good, "IMAGES": None}) == []
    assert [v.path for v in violations("artist", {**good, "IMAGES": "x"})] == ["images"]
    assert violations("recent", b'{"items": [], "items": null}') == []


def test_nesting_without_end_is_a_violation_not_a_crash() -> None:
    (violation,) = violations("artist", b"[" * 200_000)
    assert violation.rule == "not-json"


def test_every_defect_is_reported_with_its_place_and_a_sentence() -> None:
    spoiled = d.without(d.without(d.album(), ("title",)), ("Releases", 1, "Tracks", 0, "Id"))
    found = violations("album", spoiled)
    assert [violation.path for violation in found] == ["title", "Releases[1].Tracks[0].Id"]
    assert str(found[0]) == "title: Absent or null: Lidarr throws on the whole answer."
