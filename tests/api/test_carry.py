from __future__ import annotations

from typing import Any

from lidarrmetadata.api.carry import carried_over

POSTER, OTHER_POSTER, BANNER = (
    {"CoverType": kind, "Url": f"https://images.example/{name}.jpg"}
    for kind, name in (("Poster", "poster"), ("Poster", "other"), ("Banner", "banner"))
)


def artist(mbid: str = "ada", overview: str = "", *images: dict[str, str]) -> dict[str, Any]:
    return {"id": mbid, "artistname": mbid, "overview": overview, "images": list(images)}


def album(overview: str, *artists: dict[str, Any]) -> dict[str, Any]:
    return {"id": "inkwell", "overview": overview, "images": [], "artists": list(artists)}


def test_what_only_the_old_one_has_is_in_the_new_one() -> None:
    old = artist("ada", "Ada sings.", POSTER, BANNER)
    assert carried_over(artist(), old) == old


def test_what_the_new_one_has_is_not_replaced() -> None:
    old = artist("ada", "Ada sings.", POSTER, BANNER)
    new = artist("ada", "Ada sang.", OTHER_POSTER)
    assert carried_over(new, old) == artist("ada", "Ada sang.", OTHER_POSTER, BANNER)


def test_nothing_else_is_taken_from_the_old_one() -> None:
    old = {**artist("ada", "Ada sings."), "artistname": "Ada (old)", "links": ["old"]}
    new = {**artist(), "links": []}
    assert carried_over(new, old) == {**artist("ada", "Ada sings."), "links": []}


def test_artists_inside_albums_keep_what_they_had_each_their_own() -> None:
    ada, ben = artist("ada", "Ada sings.", POSTER), artist("ben", "Ben drums.", BANNER)
    new = album("", artist("ben"), artist("ada"), artist("cleo"))
    assert carried_over(new, album("A disc.", ada, ben)) == album(
        "A disc.", ben, ada, artist("cleo")
    )


def test_an_old_one_that_lacks_everything_spoils_nothing() -> None:
    new = album("", artist("ada", "Ada sings.", POSTER))
    assert carried_over(new, {"id": "inkwell"}) == new
    nulls = {"id": "inkwell", "overview": None, "images": None, "artists": None}
    assert carried_over(new, nulls) == new


def test_neither_is_altered() -> None:
    old, new = album("A disc.", artist("ada", "Ada sings.", POSTER)), album("", artist())
    carried_over(new, old)
    assert old == album("A disc.", artist("ada", "Ada sings.", POSTER))
    assert new == album("", artist())
