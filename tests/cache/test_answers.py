from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from lidarrmetadata.cache import answers as module
from lidarrmetadata.cache.answers import SHORT, Address, AnswerCache, Kept, Life, Rendered
from tests.clock import START

ADA, BEN, OLD_ADA = "ada", "ben", "old-ada"
HOUR = timedelta(hours=1)
KB = 1024
ROOM = 1 << 20

_tags = count()


def answer(*ids: str, size: int = 10, kind: str = "artist") -> Kept:
    """An answer of a document with these ids that is due in an hour."""
    rendered = Rendered(b"x" * size, None, str(next(_tags)))
    life = Life(START + HOUR, SHORT, purged=False)
    return Kept(frozenset((kind, mbid) for mbid in ids), rendered, life, life.due)  # type: ignore[misc]


def at(mbid: str, query: bytes = b"") -> Address:
    return Address(f"/artist/{mbid}", query)


def kept(cache: AnswerCache, mbid: str, query: bytes = b"") -> Kept:
    found = cache.find(*at(mbid, query))
    assert found is not None
    return found


def put(cache: AnswerCache, mbid: str, **options: int) -> Kept:
    made = answer(mbid, **options)
    cache.keep(at(mbid), made, cache.serial)
    return made


def test_an_answer_is_found_under_its_address_however_the_path_is_spelt() -> None:
    cache = AnswerCache(ROOM)
    made = put(cache, ADA)
    assert cache.find("/Artist/ADA", b"") is made
    assert cache.find("/artist/ada", b"primTypes=EP") is None
    assert cache.find("/artist/ben", b"") is None


def test_each_query_is_an_answer_of_its_own_of_one_document() -> None:
    cache = AnswerCache(ROOM)
    for query in (b"", b"primTypes=EP", b"primTypes=Album"):
        cache.keep(at(ADA, query), answer(ADA), cache.serial)
    assert len(cache) == 3
    cache.outdate("artist", [ADA])
    assert all(kept(cache, ADA, query).outdated for query in (b"", b"primTypes=EP"))


def test_no_more_is_kept_than_there_is_room_for_and_the_longest_unused_goes_first() -> None:
    cache = AnswerCache(10 * KB)
    for mbid in ("a", "b", "c"):
        put(cache, mbid, size=KB)
    kept(cache, "a")
    put(cache, "d", size=KB)
    put(cache, "e", size=KB)
    assert cache.size <= 10 * KB
    assert cache.find(*at("b")) is None
    assert kept(cache, "a")


def test_the_room_is_measured_by_both_forms_of_the_body() -> None:
    cache = AnswerCache(ROOM)
    plain = put(cache, ADA, size=KB)
    both = Kept(
        frozenset({("artist", BEN)}), Rendered(b"x" * KB, b"y" * KB, "t"), plain.life, START + HOUR
    )
    cache.keep(at(BEN), both, cache.serial)
    assert both.size == plain.size + KB
    assert cache.size == plain.size + both.size


def test_what_is_larger_than_all_the_room_throws_nothing_out() -> None:
    cache = AnswerCache(10 * KB)
    made = put(cache, ADA)
    put(cache, BEN, size=20 * KB)
    assert cache.find(*at(BEN)) is None
    assert kept(cache, ADA) is made
    assert cache.size == made.size


def test_an_answer_takes_the_place_of_the_one_before_and_its_room() -> None:
    cache = AnswerCache(ROOM)
    put(cache, ADA, size=5 * KB)
    made = put(cache, ADA)
    assert (len(cache), cache.size) == (1, made.size)
    put(cache, ADA, size=2 * ROOM)
    assert (len(cache), cache.size) == (0, 0)  # the one before is not true any more


def test_without_room_nothing_is_kept() -> None:
    cache = AnswerCache(0)
    put(cache, ADA)
    assert len(cache) == 0


def test_what_has_changed_stays_and_is_outdated_under_every_id_it_is_known_by() -> None:
    cache = AnswerCache(ROOM)
    made, merged, other = answer(ADA), answer(ADA, OLD_ADA), answer(BEN)
    for mbid, one in ((ADA, made), (OLD_ADA, merged), (BEN, other)):
        cache.keep(at(mbid), one, cache.serial)
    cache.outdate("album", [ADA])
    assert not made.outdated
    cache.outdate("artist", [ADA, "never heard of"])
    assert (made.outdated, merged.outdated, other.outdated) == (True, True, False)
    assert kept(cache, ADA) is made


def test_all_of_a_kind_may_have_changed() -> None:
    cache = AnswerCache(ROOM)
    artist, album = answer(ADA), answer(BEN, kind="album")
    cache.keep(at(ADA), artist, cache.serial)
    cache.keep(Address("/album/ben", b""), album, cache.serial)
    read = cache.serial
    cache.outdate_all("artist")
    assert (artist.outdated, album.outdated) == (True, False)
    assert cache.has_changed("artist", "never kept", read)
    assert not cache.has_changed("artist", "never kept", cache.serial)


def test_what_was_read_before_a_change_is_outdated_when_it_comes_to_be_kept() -> None:
    cache = AnswerCache(ROOM)
    read = cache.serial
    cache.outdate("artist", [OLD_ADA])
    late, other, fresh = answer(ADA, OLD_ADA), answer(BEN), answer(ADA, OLD_ADA)
    cache.keep(at(ADA), late, read)
    cache.keep(at(BEN), other, read)
    assert (late.outdated, other.outdated) == (True, False)
    cache.keep(at(ADA), fresh, cache.serial)
    assert not kept(cache, ADA).outdated


def test_what_there_is_no_more_is_forgotten_and_not_kept_by_who_read_it_before() -> None:
    cache = AnswerCache(ROOM)
    read = cache.serial
    for mbid in (ADA, OLD_ADA):
        cache.keep(at(mbid), answer(ADA, OLD_ADA), read)
    put(cache, BEN)
    cache.forget("artist", ADA)
    assert cache.find(*at(ADA)) is None
    assert cache.find(*at(OLD_ADA)) is None
    assert len(cache) == 1
    late = answer(ADA)
    cache.keep(at(ADA), late, read)
    assert late.outdated


def test_changes_beyond_those_that_can_be_remembered_are_taken_to_concern_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MARKS", 3)
    cache = AnswerCache(ROOM)
    before = cache.serial
    cache.outdate("artist", ["first"])
    after_first = cache.serial
    for mbid in ("second", "third"):
        cache.outdate("artist", [mbid])
    assert not cache.has_changed("artist", "another", before)
    cache.outdate("artist", ["fourth"])  # and the first is no longer known
    assert cache.has_changed("artist", "first", before)
    assert cache.has_changed("artist", "another", before)
    assert not cache.has_changed("artist", "another", after_first)
    assert cache.has_changed("artist", "second", after_first)


def test_a_change_told_again_is_remembered_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MARKS", 2)
    cache = AnswerCache(ROOM)
    for mbid in (ADA, BEN, ADA):
        cache.outdate("artist", [mbid])
    read = cache.serial
    cache.outdate("artist", ["third"])
    assert not cache.has_changed("artist", ADA, read)
    assert cache.has_changed("artist", ADA, read - 1)


@pytest.mark.parametrize(
    ("most", "purged", "passed", "seconds"),
    [
        (86400, False, timedelta(0), 3600),  # no longer than it holds
        (86400, False, HOUR / 2, 1800),
        (300, False, HOUR / 2, 300),
        (86400, True, HOUR / 2, 86400),  # who is told of changes may keep it for longer
        (86400, False, HOUR, SHORT),  # old: for minutes
        (86400, True, 2 * HOUR, SHORT),
        (60, True, 2 * HOUR, 60),
        (0, False, timedelta(0), 0),
    ],
)
def test_shared_caches_keep_it_for_as_long_as_it_holds(
    most: int, purged: bool, passed: timedelta, seconds: int
) -> None:
    assert Life(START + HOUR, most, purged).shared_seconds(START + passed) == seconds


def test_an_old_answer_is_due_again_only_when_its_renewal_had_time() -> None:
    made = answer(ADA)
    assert not made.is_due(START)
    assert made.is_due(START + HOUR)
    made.tried(START + HOUR)
    assert not made.is_due(START + HOUR + timedelta(seconds=2))
    assert made.is_due(START + HOUR + timedelta(seconds=3))
