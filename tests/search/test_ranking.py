"""The order of hits."""

from __future__ import annotations

import pytest

from lidarrmetadata.search.matching import Query
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade
from lidarrmetadata.search.ranking import Hit, interleave, rank_albums, rank_artists

NOBODY = Query.of("")
LIMIT = 10


def artist(name: str, *aliases: str, renown: int = 0, key: str = "") -> ArtistNames:
    return ArtistNames(key or name, name, name, aliases, renown)


def album(
    title: str, by: str, *others: str, renown: int = 0, grade: Grade = Grade.OFFICIAL, key: str = ""
) -> AlbumNames:
    return AlbumNames(key or f"{by} – {title}", title, by, (), (by, *others), renown, grade)


def artists_for(query: str, *candidates: ArtistNames, limit: int = LIMIT) -> list[str]:
    return [hit.id for hit in rank_artists(Query.of(query), candidates, limit)]


def albums_for(query: str, by: str, *candidates: AlbumNames) -> list[str]:
    return [hit.id for hit in rank_albums(Query.of(query), Query.of(by), candidates, LIMIT)]


def all_for(query: str, *candidates: ArtistNames | AlbumNames) -> list[str]:
    asked = Query.of(query)
    artists = [one for one in candidates if isinstance(one, ArtistNames)]
    albums = [one for one in candidates if isinstance(one, AlbumNames)]
    hits = interleave(
        rank_artists(asked, artists, LIMIT), rank_albums(asked, NOBODY, albums, LIMIT)
    )
    return [hit.id for hit in hits]


def test_artists_come_by_how_well_their_names_fit() -> None:
    in_order = [
        artist("Killers", renown=1),
        artist("Killers!", renown=2),
        artist("The Killers", renown=3),
        artist("Killerz", renown=4),
        artist("Killers of Eden", renown=5),
    ]
    found = artists_for("killers", *reversed(in_order))
    assert found == [one.name for one in in_order]


def test_an_alias_comes_behind_the_name_and_before_a_name_that_is_near() -> None:
    found = artists_for(
        "pink", artist("The Pink", renown=9), artist("P!nk", "Pink", renown=5), artist("Pink")
    )
    assert found == ["Pink", "P!nk", "The Pink"]


def test_of_equal_names_the_best_known_comes_first_and_ties_are_ended_by_id() -> None:
    same = [artist("Prince", key=key) for key in "cab"]
    found = artists_for("prince", *same, artist("Prince", renown=1, key="z"))
    assert found == ["z", "a", "b", "c"]


def test_the_order_of_candidates_does_not_matter() -> None:
    many = [artist(f"Low {number}", renown=number % 3) for number in range(50)]
    assert artists_for("low", *many) == artists_for("low", *reversed(many))


def test_who_has_nothing_to_do_with_the_query_is_no_hit() -> None:
    assert artists_for("zzzzqqqqxxxx", artist("ZZ Top"), artist("Low")) == []


def test_there_are_no_more_hits_than_wanted() -> None:
    many = [artist("Low", key=str(number)) for number in range(30)]
    assert len(artists_for("low", *many, limit=7)) == 7


def test_official_albums_come_before_compilations_and_those_before_bootlegs() -> None:
    found = albums_for(
        "abbey road",
        "",
        album("Abbey Road", "Beatles", renown=9, grade=Grade.BOOTLEG, key="bootleg"),
        album("Abbey Road", "Beatles", renown=5, grade=Grade.COMPILATION, key="compilation"),
        album("Abbey Road", "Beatles", renown=1, key="official"),
    )
    assert found == ["official", "compilation", "bootleg"]


def test_with_an_artist_only_theirs_are_hits_the_nearest_name_first() -> None:
    found = albums_for(
        "evolve",
        "imagine dragons",
        album("Evolve", "Evolve", renown=99),
        album("Evolve", "Imagine Dragon", renown=9),
        album("Evolve", "Imagine Dragons", renown=1),
        album("Origins", "Imagine Dragons", renown=99),
    )
    assert found == ["Imagine Dragons – Evolve", "Imagine Dragon – Evolve"]


def test_an_artist_s_alias_is_as_good() -> None:
    theirs = album("First Love", "宇多田ヒカル", "Utada Hikaru")
    assert albums_for("first love", "utada hikaru", theirs) == [theirs.id]


@pytest.mark.parametrize("by", ["Various Artists", "various artists", "Various", "VA"])
def test_various_artists_say_nothing_but_that_theirs_come_first(by: str) -> None:
    found = albums_for(
        "trainspotting",
        by,
        album("Trainspotting", "Underworld", renown=99),
        album("Trainspotting", "Various Artists", renown=1),
    )
    assert found == ["Various Artists – Trainspotting", "Underworld – Trainspotting"]


def test_an_artist_comes_before_an_album_that_is_as_good() -> None:
    hysteria, theirs = artist("Hysteria"), album("Hysteria", "Def Leppard", renown=99)
    assert all_for("hysteria", theirs, hysteria) == ["Hysteria", theirs.id]


def test_an_artist_is_not_pushed_down_by_albums_named_without_the_article() -> None:
    albums = [album("Beatles", str(number), renown=99) for number in range(10)]
    assert all_for("beatles", *albums, artist("The Beatles"))[0] == "The Beatles"


def test_a_better_album_comes_before_an_artist() -> None:
    theirs = album("OK Computer", "Radiohead")
    assert all_for("ok computer", artist("OK Computers"), theirs)[0] == theirs.id


@pytest.mark.parametrize("query", ["eminem kamikaze", "kamikaze eminem", "eminen kamikaze"])
def test_artist_and_album_in_one_query_find_both_the_artist_first(query: str) -> None:
    found = all_for(
        query,
        artist("Kamikaze", renown=50),
        artist("Eminem", renown=1),
        album("Kamikaze", "Kamikaze", renown=50),
        album("Kamikaze", "Eminem", renown=1),
        album("Encore", "Eminem", renown=99),
    )
    assert found[:2] == ["Eminem", "Eminem – Kamikaze"]


def test_the_artist_is_there_even_if_no_back_end_has_found_it() -> None:
    assert all_for("eminem kamikaze", album("Kamikaze", "Eminem")) == [
        "Eminem",
        "Eminem – Kamikaze",
    ]


def test_an_artist_named_in_full_stays_first_whatever_the_albums_are_called() -> None:
    found = all_for("pink floyd", artist("Pink Floyd"), album("Floyd", "Pink"))
    assert found[0] == "Pink Floyd"


@pytest.mark.parametrize("nobody", ["Various Artists", "[unknown]", "[dialogue]"])
def test_what_is_no_artist_is_never_raised_to_one(nobody: str) -> None:
    theirs = album("Trainspotting", nobody)
    assert all_for(f"trainspotting {nobody}", theirs) == [theirs.id]


def test_scores_are_whole_and_the_better_the_hit_the_higher() -> None:
    names = ["Radiohead", "The Radiohead", "Radiohed", "Radiohead Tribute", "Radio"]
    hits = rank_artists(Query.of("radiohead"), [artist(name) for name in names], LIMIT)
    scores = [hit.score for hit in hits]
    assert [hit.id for hit in hits] == names[: len(hits)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100
    assert all(isinstance(score, int) and 1 <= score <= 100 for score in scores)


def test_nothing_interleaved_is_nothing() -> None:
    none: list[Hit] = []
    assert interleave(none, none) == []
