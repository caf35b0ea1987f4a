from __future__ import annotations

import pytest

from lidarrmetadata.errors import BadRequest
from lidarrmetadata.routes.parameters import parse_mbid, parse_names, shortened

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
