from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lidarrmetadata.errors import BadRequest
from lidarrmetadata.routes.parameters import (
    parse_list,
    parse_mbid,
    parse_names,
    parse_time,
    shortened,
)

MBID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


@pytest.mark.parametrize("spelling", [MBID, MBID.upper(), MBID.title()])
def test_an_id_is_read_in_any_case(spelling: str) -> None:
    assert parse_mbid(spelling) == MBID


@pytest.mark.parametrize(
    "text",
    [
        "",
        MBID.replace("-", ""),
        MBID.replace("-", "_"),
        f"{{{MBID}}}",
        f"urn:uuid:{MBID}",
        f" {MBID}",
        f"{MBID}\n",
        f"{MBID}\0",
        MBID[:-1],
        f"{MBID}0",
        MBID.replace("b", "g"),
        MBID.replace("1", "１"),  # full-width
        MBID.replace("1", "١"),  # Arabic
        "0x1",
        "-" * 36,
    ],
)
def test_no_other_spelling_is_an_id(text: str) -> None:
    with pytest.raises(BadRequest, match="is not a MusicBrainz id, which looks like"):
        parse_mbid(text)


def test_an_error_repeats_no_more_than_anybody_reads() -> None:
    with pytest.raises(BadRequest) as refused:
        parse_mbid("x" * 100_000)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Album", {"Album"}),
        ("Album|EP", {"Album", "EP"}),
        (" Album | EP ", {"Album", "EP"}),
        ("Album|Album", {"Album"}),
        ("Mixtape/Street|DJ-mix", {"Mixtape/Street", "DJ-mix"}),
    ],
)
def test_names_are_separated_by_a_bar(text: str, names: set[str]) -> None:
    assert parse_names(text) == frozenset(names)


@pytest.mark.parametrize("text", [None, ""])
def test_no_names_are_no_wish(text: str | None) -> None:
    assert parse_names(text) is None


def test_what_is_short_stays_whole() -> None:
    assert shortened(MBID) == MBID


MOMENT = datetime(2026, 7, 20, 2, 0, 34, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "1784512834",
        "1784512834.0",
        "1784512834.",
        "2026-07-20T02:00:34+00:00",
        "2026-07-20T02:00:34 00:00",
        "2026-07-20T02:00:34Z",
        "2026-07-20T02:00:34",
        "2026-07-20 02:00:34",
        "2026-07-20T03:00:34+01:00",
        "2026-07-20T03:00:34 01:00",
        "2026-07-20T03:00:34 0100",
        "2026-07-19T21:00:34-05:00",
        "20260720T020034Z",
    ],
)
def test_a_time_is_read_as_seconds_or_iso_in_any_zone(text: str) -> None:
    moment = parse_time(text, "since")
    assert moment == MOMENT
    assert moment.tzinfo is UTC


def test_a_time_may_have_a_fraction() -> None:
    assert parse_time("1784512834.5", "since") == MOMENT.replace(microsecond=500_000)


def test_a_date_is_its_first_moment() -> None:
    assert parse_time("2026-07-20", "since") == datetime(2026, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0", "-0", "-1", "-62135596800", "-" + "9" * 20, "0001-01-01", "1969-12-31T23:59:59Z"]
)
def test_before_1970_there_is_only_1970(text: str) -> None:
    assert parse_time(text, "since") == EPOCH


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "NaN",
        "inf",
        "-inf",
        "1e9",
        "0x10",
        "1_000",
        "--1",
        "9" * 20,
        "9" * 21,
        "9" * 100_000,
        "1784512834000",
        "\0",
        "1784512834\0",
        "1784512834\n",
        "١٧",
        "１７",
        "2026-02-30",
        "2026-07-20T25:00:00",
        "2026-07-20T02:00:34+99:00",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "20 July 2026",
    ],
)
def test_what_is_no_time_is_refused_by_the_name_of_its_parameter(text: str) -> None:
    with pytest.raises(
        BadRequest, match=r"^since=.* is no time: give seconds since 1970"
    ) as refused:
        parse_time(text, "since")
    assert len(str(refused.value)) < 200


def test_a_list_is_read_without_doubles_and_in_order() -> None:
    other = MBID.replace("b", "a")
    body = f' ["{other}", "{MBID.upper()}", "{MBID}"]\n'.encode()
    assert parse_list(body, parse_mbid, 3) == [other, MBID]
    assert parse_list(b"[]", parse_mbid, 0) == []


def test_a_list_may_have_so_many_entries_and_no_more() -> None:
    with pytest.raises(BadRequest, match="3 entries, 2 are the most"):
        parse_list(f'["{MBID}", "{MBID}", "{MBID}"]'.encode(), parse_mbid, 2)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'["\\ud800"]', "no JSON"),
        (b"null", "a JSON list of texts"),
        (b"{}", "a JSON list of texts"),
        (b'"x"', "a JSON list of texts"),
        (b"[1]", "a JSON list of texts"),
        (b'[["x"]]', "a JSON list of texts"),
        (b'["x"]', "is not a MusicBrainz id"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says) as refused:
        parse_list(body, parse_mbid, 10)
    assert len(str(refused.value)) < 200
