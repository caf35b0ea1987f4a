"""Whatever one thing is wrong with a document: it is mended so that Lidarr takes it, or refused."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.contract import Mended, mend_album, mend_artist, mend_list, violations
from lidarrmetadata.contract.repair import repair
from lidarrmetadata.contract.settled import settled_album, settled_artist
from lidarrmetadata.contract.shapes import ALBUM, ARTIST
from lidarrmetadata.contract.together import fit
from lidarrmetadata.errors import ContractBroken

from . import documents as d

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ODD_VALUES: list[object] = [
    None, True, 0, 7, -1, 1.0, 1.5, 2**31, 10**20, float("nan"), float("inf"),
    "", "x", "7", "1987", "1987-03", "0001-01-01", "2000-02-30", "Tue, 24 Oct 2000 00:00:00 GMT",
    "https://covers.example/x.jpg?s=1", "DVD", "[data track]",
    [], {}, [None], [{}], ["x"], [["x"]], [d.BAND], {"Id": 1},
]  # fmt: skip


def _rename(container: Any, key: Any) -> None:
    container[key.swapcase()] = container.pop(key)


def _shadow(container: Any, key: Any) -> None:
    container[key.swapcase()] = [{"odd": None}]


def _repeat(container: Any, key: Any) -> None:
    container.append(container[key])


def spoiled(document: Any, depth: int = 99) -> Iterator[tuple[str, Any]]:
    """Every single change to a document: each place deleted, replaced, renamed or repeated."""
    for path in d.paths(document):
        if len(path) > depth:
            continue
        yield f"{path} deleted", d.without(document, path)
        for value in ODD_VALUES:
            yield f"{path} = {value!r}", d.with_value(document, path, value)
        if isinstance(path[-1], int):
            yield f"{path} repeated", d.changed(document, path, _repeat)
        else:
            yield f"{path} renamed", d.changed(document, path, _rename)
            yield f"{path} shadowed", d.changed(document, path, _shadow)


GOOD: dict[str, Callable[[], dict[str, Any]]] = {
    "artist": d.artist_with_albums,
    "album": d.album,
}
MEND: dict[str, Callable[[Any], Mended[Any]]] = {"artist": mend_artist, "album": mend_album}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_document_passes_as_the_very_object_it_is(kind: Any) -> None:
    document = GOOD[kind]()
    mended = MEND[kind](document)
    assert violations(kind, document) == []
    assert mended.document is document
    assert mended.repairs == []


@pytest.mark.parametrize("kind", GOOD)
def test_after_any_single_change_lidarr_takes_what_is_sent(kind: Any) -> None:
    sent = refused = 0
    for change, document in spoiled(GOOD[kind]()):
        before = repr(document)
        try:
            mended = MEND[kind](document)
        except ContractBroken:
            refused += 1
            continue
        finally:
            assert repr(document) == before, f"{change}: altered in place"
        sent += 1
        assert violations(kind, mended.document) == [], change
        assert (mended.document is document) == (not mended.repairs), change
        again = MEND[kind](mended.document)
        assert again.document is mended.document, f"{change}: mended twice, {again.repairs}"
    assert sent > refused > 0


@pytest.mark.parametrize("kind", GOOD)
def test_the_quick_look_never_passes_what_the_close_look_would_mend(kind: Any) -> None:
    settled, shape = {"artist": (settled_artist, ARTIST), "album": (settled_album, ALBUM)}[kind]
    passed = 0
    for change, document in spoiled(GOOD[kind]()):
        if settled(document):
            passed += 1
            repairs: list[Any] = []
            closely = repair(shape, document, "", repairs)
            if kind == "album":
                closely = fit(closely, repairs)
            assert closely is document, change
            assert repairs == [], change
    assert passed > 0


@pytest.mark.parametrize("kind", GOOD)
def test_several_defects_at_once_are_mended_or_refused_as_well(kind: Any) -> None:
    chance = random.Random(20260722)  # noqa: S311 - picks test cases, guards nothing
    changes: list[Callable[[Any, d.Path], Any]] = [
        d.without,
        *(partial(d.with_value, new=value) for value in ODD_VALUES),
    ]
    good = GOOD[kind]()
    sent = 0
    for _ in range(800):
        document = good
        for _ in range(chance.randint(2, 4)):
            path = chance.choice(list(d.paths(document)))
            change = chance.choice(changes)
            document = change(document, path)
        try:
            mended = MEND[kind](document)
        except ContractBroken:
            continue
        sent += 1
        left = {violation.rule for violation in violations(kind, mended.document)}
        assert left <= {"no-usable-release"}, repr(document)
    assert sent > 100


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("search-artist", [d.artist(), d.artist(d.GUEST)]),
        ("search-album", [d.album()]),
        ("search-all", [{"score": 99, "artist": d.artist(), "album": None},
                        {"score": 9, "artist": None, "album": d.album()}]),
        ("chart", [{"ArtistName": "The Kettles", "AlbumTitle": "Boiling Point",
                    "ArtistId": d.BAND, "AlbumId": "a1b0", "ReleaseDate": "1987-03-01"}]),
        ("spotify-lookup", [{"spotifyid": "s1", "musicbrainzid": d.BAND},
                            {"spotifyid": "s2", "musicbrainzid": "0"}]),
    ],
)  # fmt: skip
def test_a_list_with_any_single_defect_is_still_a_list_lidarr_takes(kind: Any, good: Any) -> None:
    assert mend_list(kind, good).document is good
    assert violations(kind, good) == []
    for change, documents in spoiled(good, depth=3):
        before = repr(documents)
        mended = mend_list(kind, documents)
        assert repr(documents) == before, f"{change}: altered in place"
        assert violations(kind, mended.document) == [], change
