from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.api.kept import Kept, find_kept
from lidarrmetadata.cache import STALE, Entry
from lidarrmetadata.cache.memory import MemoryStore
from tests.clock import START

if TYPE_CHECKING:
    from lidarrmetadata.documents import Kind

ADA, MERGED, OLDER = "ada", "merged", "older"
LATER = START + timedelta(days=7)
DOCUMENT = {"id": ADA, "artistname": "Ada"}
KEPT = Kept(DOCUMENT, LATER, is_complete=False, recipe="a recipe")


async def store_of(**entries: Entry) -> MemoryStore:
    store = MemoryStore(1 << 20)
    await store.put_many("artist", entries)
    return store


async def kept_of(store: MemoryStore, kind: Kind, mbid: str) -> Kept | None:
    return (await find_kept(store, kind, [mbid])).get(mbid)


async def test_a_document_is_found_as_it_was_kept() -> None:
    store = await store_of(ada=KEPT.entry())
    assert await kept_of(store, "artist", ADA) == KEPT
    assert await kept_of(store, "artist", "ben") is None
    assert await kept_of(store, "album", ADA) is None


async def test_a_merged_id_is_a_few_bytes_that_lead_to_the_document() -> None:
    store = await store_of(ada=KEPT.entry(), merged=KEPT.pointer())
    assert await kept_of(store, "artist", MERGED) == KEPT
    older = Entry({"moved": MERGED}, LATER)
    store = await store_of(ada=KEPT.entry(), merged=KEPT.pointer(), older=older)
    assert await kept_of(store, "artist", OLDER) == KEPT


async def test_a_merged_id_whose_document_is_not_kept_is_not_known() -> None:
    assert await kept_of(await store_of(merged=KEPT.pointer()), "artist", MERGED) is None


async def test_a_merged_id_that_was_called_changed_gives_what_there_is_as_such() -> None:
    moved = Entry(KEPT.pointer().value, STALE)
    found = await kept_of(await store_of(ada=KEPT.entry(), merged=moved), "artist", MERGED)
    assert found is not None
    assert found.document == DOCUMENT
    assert found.was_expired
    nothing = Kept(None, LATER).entry()
    gone = await kept_of(await store_of(ada=nothing, merged=moved), "artist", MERGED)
    assert gone == Kept(None, STALE)


async def test_that_there_is_no_such_thing_is_found_too() -> None:
    store = await store_of(ada=Kept(None, LATER).entry(), merged=KEPT.pointer())
    for mbid in (ADA, MERGED):
        assert await kept_of(store, "artist", mbid) == Kept(None, LATER)


@pytest.mark.parametrize(
    ("expires", "was_expired"),
    [(STALE, True), (START, False), (LATER, False)],
)
async def test_what_was_called_changed_is_told_from_what_has_grown_old(
    expires: Any, was_expired: bool
) -> None:
    found = await kept_of(await store_of(ada=Kept(DOCUMENT, expires).entry()), "artist", ADA)
    assert found is not None
    assert found.was_expired is was_expired


@pytest.mark.parametrize(
    "value",
    [
        5,
        "ada",
        [DOCUMENT],
        DOCUMENT,
        {},
        {"document": 5},
        {"document": None},
        {"document": {}},
        {"document": {"id": ""}},
        {"document": {"id": ["ada"]}},
        {"document": {"id": "ben", "artistname": "Ben"}},  # somebody else's
        {"moved": 5},
        {"moved": ["ada"]},
        {"moved": ADA},
        {"moved": ""},
    ],
)
async def test_what_does_not_look_like_ours_is_not_there(value: Any) -> None:
    assert await kept_of(await store_of(ada=Entry(value, LATER)), "artist", ADA) is None


async def test_ids_that_lead_round_in_circles_lead_nowhere() -> None:
    store = await store_of(ada=Entry({"moved": MERGED}, LATER), merged=Entry({"moved": ADA}, LATER))
    assert await kept_of(store, "artist", ADA) is None


async def test_words_of_another_kind_about_a_document_are_taken_for_no() -> None:
    value = {"document": DOCUMENT, "complete": "yes", "recipe": 5}
    found = await kept_of(await store_of(ada=Entry(value, LATER)), "artist", ADA)
    assert found == Kept(DOCUMENT, LATER, is_complete=False, recipe="5")


async def test_many_are_found_in_one_look_each_by_the_id_it_was_asked_by() -> None:
    store = await store_of(ada=KEPT.entry(), merged=KEPT.pointer(), gone=Kept(None, LATER).entry())
    found = await find_kept(store, "artist", [ADA, MERGED, "gone", "unheard-of"])
    assert found == {ADA: KEPT, MERGED: KEPT, "gone": Kept(None, LATER)}
