"""The invented names, and the questions about them."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from rapidfuzz.distance import OSA

from bench.search.catalogue import Album, Files, names_in, read_albums, read_artists, some_of
from bench.search.questions import Kind, Question, questions, typo
from bench.search.vocabulary import SCRIPTS, chance, drawn, vocabulary
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade

if TYPE_CHECKING:
    from pathlib import Path

ARTISTS, ALBUMS = 12_000, 18_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("names")
    return names_in(folder, ARTISTS, ALBUMS, 1, lambda _: None)


@pytest.fixture(scope="module")
def artists(files: Files) -> list[ArtistNames]:
    return [artist for file in files.artists for artist in read_artists(file)]


@pytest.fixture(scope="module")
def albums(files: Files) -> list[AlbumNames]:
    return [album for file in files.albums for album in read_albums(file)]


def test_as_many_are_invented_as_were_asked_for_each_with_an_id_of_its_own(
    artists: list[ArtistNames], albums: list[AlbumNames]
) -> None:
    assert (len(artists), len(albums)) == (ARTISTS, ALBUMS)
    ids = {artist.id for artist in artists} | {album.id for album in albums}
    assert len(ids) == ARTISTS + ALBUMS


def test_every_album_is_by_an_artist_that_is_there_and_credits_it(
    artists: list[ArtistNames], albums: list[AlbumNames]
) -> None:
    names = {artist.id: artist for artist in artists}
    for album in albums:
        by = names[album.artist_id]
        assert album.credits == (by.name, *by.aliases)


def test_a_third_of_the_artists_have_aliases(artists: list[ArtistNames]) -> None:
    assert 0.3 < sum(bool(artist.aliases) for artist in artists) / ARTISTS < 0.37


def test_some_artists_share_their_name(artists: list[ArtistNames]) -> None:
    shared = [name for name, many in Counter(one.name for one in artists).items() if many > 1]
    assert 20 < len(shared) < ARTISTS / 10


def test_names_are_of_several_scripts(artists: list[ArtistNames]) -> None:
    letters = {letter for artist in artists for letter in artist.name}
    assert letters.issuperset("aя")
    assert any("\u3041" <= letter <= "\u3093" for letter in letters)
    assert any("\uac00" <= letter <= "\ud7a3" for letter in letters)


def test_few_are_known_to_many_and_few_have_many_albums(
    artists: list[ArtistNames], albums: list[AlbumNames]
) -> None:
    renown = sorted(artist.renown for artist in artists)
    assert renown[-1] > 4 * renown[ARTISTS // 2]
    per_artist = Counter(album.artist_id for album in albums)
    assert max(per_artist.values()) > 50
    assert sum(many == 1 for many in per_artist.values()) > len(per_artist) / 3
    assert {album.grade for album in albums} == set(Grade)


def test_the_same_names_are_invented_again_whoever_does_it(files: Files, tmp_path: Path) -> None:
    again = names_in(tmp_path, ARTISTS, ALBUMS, 2, lambda _: None)
    for ours, theirs in zip(again, files, strict=True):
        assert [file.read_bytes() for file in ours] == [file.read_bytes() for file in theirs]


def test_names_that_are_there_are_used_again_and_half_of_them_are_not(tmp_path: Path) -> None:
    told: list[int] = []
    files = names_in(tmp_path, 10, 20, 1, told.append)
    assert told == [30]
    assert names_in(tmp_path, 10, 20, 1, told.append) == files
    assert told == [30]
    finished = files.artists[0].parent
    unfinished = finished.rename(finished.with_suffix(".unfinished"))
    (unfinished / "99999-artists.json").touch()
    assert names_in(tmp_path, 10, 20, 1, told.append) == files
    assert told == [30, 30]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_few_words_are_in_many_names_and_most_in_few(script: str) -> None:
    words = vocabulary(script)
    assert len(set(words)) == len(words) == SCRIPTS[script][1]
    many = Counter(islice(drawn(chance("test"), words), 50_000))
    assert sum(many[word] for word in words[:100]) > 10_000
    assert sum(one == 1 for one in many.values()) > len(many) / 3


def test_every_kind_of_question_is_asked_and_no_more_than_wanted(files: Files) -> None:
    asked = questions(*some_of(files, 100), 30)
    assert {kind: len(some) for kind, some in asked.items()} == dict.fromkeys(Kind, 30)
    for kind, some in asked.items():
        for question in some:
            assert question.kind is kind
            assert question.text.strip()


def test_of_a_few_names_no_more_is_asked_than_there_are(tmp_path: Path) -> None:
    asked = questions(*some_of(names_in(tmp_path, 3, 4, 1, lambda _: None), 100), 30)
    assert len(asked[Kind.ARTIST]) == 3
    assert len(asked[Kind.ALBUM]) == 4


def test_a_typo_is_one_edit_and_always_there() -> None:
    rng = chance("test")
    for text in ("radiohead", "aab", "björk guðmundsdóttir", "the the"):
        for _ in range(100):
            assert OSA.distance(text, typo(rng, text)) == 1


FAMOUS = ArtistNames("1", "Nirvana", renown=900)
NAMESAKE = ArtistNames("2", "nirvana!", renown=20)
BLEACH = AlbumNames("3", "Bleach", "1", renown=5)
BOOTLEG = AlbumNames("4", "Bleach", "2", renown=50, grade=Grade.BOOTLEG)


def test_of_namesakes_the_best_known_one_counts() -> None:
    question = Question(Kind.ARTIST, "nirvana", "", NAMESAKE)
    assert question.is_answered([NAMESAKE])
    assert question.is_answered([FAMOUS, NAMESAKE])
    assert not Question(Kind.ARTIST, "nirvana", "", FAMOUS).is_answered([NAMESAKE, FAMOUS])
    assert not question.is_answered([ArtistNames("9", "Nirvana 2002", renown=999)])
    assert not question.is_answered([])


def test_of_albums_with_one_name_an_official_one_counts() -> None:
    assert Question(Kind.ALBUM, "bleach", "", None, BOOTLEG).is_answered([BLEACH])
    assert not Question(Kind.ALBUM, "bleach", "", None, BLEACH).is_answered([BOOTLEG])


def test_artist_and_album_must_both_come_first_in_this_order() -> None:
    question = Question(Kind.MIXED, "nirvana bleach", "", FAMOUS, BLEACH)
    assert question.is_answered([FAMOUS, BLEACH])
    assert not question.is_answered([BLEACH, FAMOUS])
    assert not question.is_answered([FAMOUS])


def test_nonsense_is_answered_by_nothing_and_of_common_words_there_is_no_telling() -> None:
    nonsense = Question(Kind.NONSENSE, "xqzvkjwp")
    assert nonsense.is_judged
    assert nonsense.is_answered([])
    assert not nonsense.is_answered([FAMOUS])
    assert not Question(Kind.COMMON, "the love").is_judged


def test_some_albums_come_with_their_artists(files: Files) -> None:
    _, some = some_of(files, 50)
    assert len(some) == 50
    for one in some:
        assert isinstance(one, Album)
        assert one.album.artist_id == one.artist.id
