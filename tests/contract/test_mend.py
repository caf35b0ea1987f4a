"""Each thing that can be mended is, and said; each thing that cannot is refused."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import pytest

from lidarrmetadata.contract import mend_album, mend_artist, mend_list, violations
from lidarrmetadata.errors import ContractBroken

from . import documents as d

RELEASE = ("Releases", 0)
TRACK = (*RELEASE, "Tracks", 0)
INT32_MAX = 2_147_483_647


def mended(document: Any, *path: str | int) -> Any:
    """The value at the path after mending a document that needs it, and that Lidarr then takes."""
    mend: Any = mend_album if "Releases" in document else mend_artist
    result = mend(document)
    assert result.repairs, "nothing was said of the repair"
    assert violations("album" if "Releases" in document else "artist", result.document) == []
    return d.at(result.document, path)


def refusal(document: Any) -> Any:
    """The rule and the place that refuse a document."""
    mend: Any = mend_album if "artists" in document else mend_artist
    with pytest.raises(ContractBroken) as caught:
        mend(document)
    assert caught.value.status == 503
    violation: Any = getattr(caught.value, "violation", None)
    return violation.rule, violation.path


@pytest.mark.parametrize(
    "path",
    [("oldids",), ("secondarytypes",), ("genres",), ("links",), ("images",), (*RELEASE, "Country"),
     (*RELEASE, "Label"), (*RELEASE, "Media"),
     (*RELEASE, "OldIds"), (*TRACK, "OldIds"), (*TRACK, "OldRecordingIds"),
     ("artists", 1, "images")],
)  # fmt: skip
def test_a_list_that_is_null_becomes_an_empty_one(path: d.Path) -> None:
    assert mended(d.with_value(d.album(), path, None), *path) == []


def test_null_elements_are_dropped_from_lists_of_any_kind() -> None:
    album = d.with_value(d.album(), ("secondarytypes",), [None, "Live"])
    assert mended(album, "secondarytypes") == ["Live"]
    album = d.with_value(d.album(), ("Releases",), [None, d.release("1")])
    assert mended(album, "Releases") == [d.release("1")]


def test_a_string_where_a_list_belongs_becomes_a_list_of_one() -> None:
    album = d.with_value(d.album(), (*RELEASE, "Label"), "Steam")
    assert mended(album, *RELEASE, "Label") == ["Steam"]
    assert mended({**d.artist(), "genres": "Rock"}, "genres") == ["Rock"]


def test_a_repeated_artist_or_release_is_dropped() -> None:
    album = {**d.album(), "artists": [*d.album()["artists"], d.artist()]}
    assert mended(album, "artists") == d.album()["artists"]
    album = {**d.album(), "Releases": [d.release("1"), d.release("1")]}
    assert mended(album, "Releases") == [d.release("1")]


def test_an_id_is_removed_from_the_old_ids_of_its_siblings_alone() -> None:
    own, sibling = (d.release(number)["Id"] for number in "12")
    album = d.with_value(d.album(), (*RELEASE, "OldIds"), [own, sibling, "older"])
    assert mended(album, *RELEASE, "OldIds") == [own, "older"]


@pytest.mark.parametrize(
    ("length", "sent"),
    [(-5, 0), (2**31, INT32_MAX), (1e12, INT32_MAX), (1000.0, 1000), (1000.6, 1001),
     (float("nan"), None), ("1000", 1000), ("long", None), (True, None), ([], None)],
)  # fmt: skip
def test_lengths_are_rounded_and_cut_to_what_fits(length: object, sent: int | None) -> None:
    album = d.with_value(d.album(), (*TRACK, "DurationMs"), length)
    if sent == INT32_MAX:  # with the next track the sum would not fit
        album = d.with_value(album, (*RELEASE, "Tracks", 1, "DurationMs"), None)
    result = mended(album, *TRACK, "DurationMs")
    assert result == sent
    assert type(result) is type(sent)


def test_the_longest_tracks_lose_their_length_until_the_sum_fits() -> None:
    lengths = [2**30, 2**31 - 1, 5, 2**30]
    tracks = [{**d.track(f"3{n}", d.BAND), "DurationMs": ms} for n, ms in enumerate(lengths)]
    album = d.with_value(d.album(), (*RELEASE, "Tracks"), tracks)
    sent = [track["DurationMs"] for track in mended(album, *RELEASE, "Tracks")]
    assert [track["DurationMs"] for track in tracks] == lengths, "altered in place"
    assert sent == [None, None, 5, 2**30]


@pytest.mark.parametrize(
    ("date", "sent"),
    [("1987", "1987-01-01"), (1987, "1987-01-01"), ("1987-03", "1987-03-01"),
     ("1987-03-01T10:00:00Z", "1987-03-01"), ("999-01-01", "0999-01-01"),
     (datetime.date(1987, 3, 1), "1987-03-01"),
     ("0001-01-01", None), ("0000-00-00", None), ("2000-02-30", None), ("", None),
     ("x", None),
     ("10000-01-01", None), (True, None), ({}, None)],
)  # fmt: skip
def test_dates_are_completed_or_left_out(date: object, sent: str | None) -> None:
    assert mended({**d.album(), "releasedate": date}, "releasedate") == sent
    artist = d.with_value(d.artist_with_albums(), ("Albums", 0, "ReleaseDate"), date)
    assert mended(artist, "Albums", 0, "ReleaseDate") == sent


def test_integers_with_a_point_lose_it() -> None:
    album = d.with_value(d.album(), (*RELEASE, "Media", 0, "Position"), 1.0)
    result = mended(album, *RELEASE, "Media", 0, "Position")
    assert (result, type(result)) == (1, int)
    artist = d.with_value(d.artist(), ("rating", "Count"), 3.0)
    assert type(mended(artist, "rating", "Count")) is int


def test_an_album_without_type_is_of_type_other() -> None:
    assert mended(d.without(d.album(), ("type",)), "type") == "Other"
    artist = d.with_value(d.artist_with_albums(), ("Albums", 1, "Type"), None)
    assert mended(artist, "Albums", 1, "Type") == "Other"


def test_releases_below_an_artist_are_removed() -> None:
    artist = d.with_value(d.artist_with_albums(), ("Albums", 0, "Releases"), [d.release("1")])
    assert "Releases" not in mended(artist, "Albums", 0)


@pytest.mark.parametrize(
    "image",
    [{"Url": "https://covers.example/a.jpg"},
     {"CoverType": "Poster"},
     {"CoverType": "Poster", "Url": "https://covers.example/a.webp"},
     {"CoverType": "Poster", "Url": "https://covers.example/a.jpg?size=big"},
     {"CoverType": "Poster", "Url": "https://covers.example/?file=a.jpg"},
     "https://covers.example/a.jpg"],
)  # fmt: skip
def test_an_image_lidarr_cannot_use_is_dropped(image: object) -> None:
    good = d.image("b.gif")
    assert mended({**d.artist(), "images": [image, good]}, "images") == [good]


def test_a_cover_named_in_capitals_is_one() -> None:
    artist = {**d.artist(), "images": [d.image("A.JPG")]}
    assert mend_artist(artist).document is artist  # type: ignore[arg-type]


def test_a_link_without_target_is_dropped() -> None:
    links = [{"type": "home"}, {"target": "https://a.example", "type": "home"}]
    assert mended({**d.artist(), "links": links}, "links") == links[1:]


def test_names_in_another_case_are_sent_in_ours() -> None:
    artist = {key.upper(): value for key, value in d.artist_with_albums().items()}
    assert mended(artist) == d.artist_with_albums()
    assert mended({**d.artist(), "OLDIDS": None}) == d.artist()


def test_a_track_by_an_unknown_artist_is_the_albums_artists_and_counted() -> None:
    album = d.with_value(d.album(), (*TRACK, "ArtistId"), "nobody")
    assert mended(album, *TRACK, "ArtistId") == d.BAND
    (repair,) = mend_album(album).repairs
    assert (repair.rule, repair.path) == ("unknown-artist", "Releases[0].Tracks[0].ArtistId")


def test_a_merged_artist_id_is_replaced_by_the_one_it_was_merged_into() -> None:
    album = d.with_value(d.album(), ("artists", 1, "oldids"), ["merged"])
    track = d.with_value(album, (*TRACK, "ArtistId"), "merged")
    assert mended(track, *TRACK, "ArtistId") == d.GUEST
    assert mended({**album, "artistid": "merged"}, "artistid") == d.GUEST


def test_a_credited_artist_that_cannot_be_sent_leaves_its_tracks_to_the_albums_artist() -> None:
    album = d.without(d.album(), ("artists", 1, "artistname"))
    assert mended(album, "artists") == [d.artist()]
    assert mended(album, *RELEASE, "Tracks", 1, "ArtistId") == d.BAND


def test_a_medium_is_added_for_tracks_on_one_that_is_not_listed() -> None:
    album = d.with_value(d.album(), (*TRACK, "MediumNumber"), 2)
    media = [*d.release("1")["Media"], {"Position": 2, "Name": "", "Format": ""}]
    assert mended(album, *RELEASE, "Media") == media


def test_a_medium_without_position_gets_the_one_missing_or_is_dropped() -> None:
    vinyl = {"Position": None, "Name": "", "Format": "Vinyl"}
    cd = d.release("1")["Media"][0]
    alone = d.with_value(d.album(), (*RELEASE, "Media"), [vinyl])
    assert mended(alone, *RELEASE, "Media") == [{**vinyl, "Position": 1}]
    spare = d.with_value(d.album(), (*RELEASE, "Media"), [cd, vinyl])
    assert mended(spare, *RELEASE, "Media") == [cd]


def test_a_track_without_medium_is_on_that_of_the_track_before() -> None:
    album = d.without(d.album(), (*RELEASE, "Tracks", 1, "MediumNumber"))
    assert mended(album, *RELEASE, "Tracks", 1, "MediumNumber") == 1


def test_a_release_without_any_medium_listed_is_left_to_lidarr() -> None:
    album: Any = d.with_value(d.album(), (*RELEASE, "Media"), [])
    assert mend_album(album).document is album


@pytest.mark.parametrize("path", [("id",), ("title",), ("artistid",), (*RELEASE, "Id"),
    (*RELEASE, "Title"), (*TRACK, "Id"), (*TRACK, "RecordingId")])  # fmt: skip
def test_an_album_is_refused_when_an_id_or_title_in_it_is_missing(path: d.Path) -> None:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
    for spoiled in (
        d.without(d.album(), path),
        d.with_value(d.album(), path, None),
        d.with_value(d.album(), path, ""),
    ):
        assert refusal(spoiled) == ("missing", place)


@pytest.mark.parametrize("path", [("id",), ("artistname",), ("Albums", 1, "Id")])
def test_an_artist_is_refused_without_id_name_or_the_id_of_an_album(path: d.Path) -> None:
    assert refusal({**d.without(d.artist_with_albums(), path)})[0] == "missing"


def test_an_album_by_an_artist_nobody_knows_is_refused() -> None:
    assert refusal({**d.album(), "artistid": "nobody"}) == ("unknown-artist", "artistid")


@pytest.mark.parametrize("releases", [[], None, [None]])
def test_an_album_without_any_release_is_refused_since_lidarr_would_delete_it(
    releases: object,
) -> None:
    assert refusal({**d.album(), "Releases": releases}) == ("no-releases", "Releases")
    assert refusal(d.without(d.album(), ("Releases",))) == ("no-releases", "Releases")


@pytest.mark.parametrize(("path", "value"), [(("Media", 0, "Format"), "DVD"), (("Tracks",), [])])
def test_an_album_lidarr_has_no_use_for_is_sent_as_it_is_because_it_is_true(
    path: d.Path, value: object
) -> None:
    album: Any = {**d.album(), "Releases": [d.with_value(d.release("1"), path, value)]}
    assert [v.rule for v in violations("album", album)] == ["no-usable-release"]
    assert mend_album(album).document is album


def test_a_defect_elsewhere_does_not_stop_an_album_lidarr_has_no_use_for() -> None:
    dvd = d.with_value(d.release("1"), ("Media", 0, "Format"), "DVD")
    album: Any = {**d.album(), "Releases": [{**dvd, "Country": None}]}
    answer = mend_album(album)
    assert [repair.path for repair in answer.repairs] == ["Releases[0].Country"]
    assert [v.rule for v in violations("album", answer.document)] == ["no-usable-release"]


def test_an_album_is_refused_when_a_defect_leaves_no_usable_release() -> None:
    album = {**d.album(), "Releases": [{**d.release("1"), "Tracks": None}]}
    assert refusal(album) == ("no-usable-release", "Releases[0].Tracks")


def test_a_defect_in_one_edition_of_many_does_not_stop_the_album() -> None:
    album = d.with_value(d.album(), (*RELEASE, "Tracks"), None)
    assert mended(album, "Releases", 1) == d.release("2")


def test_an_album_list_of_the_wrong_type_is_refused_not_emptied() -> None:
    assert refusal({**d.artist_with_albums(), "Albums": "x"}) == ("wrong-type", "Albums")


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_document_is_refused(document: Any) -> None:
    for mend in (mend_artist, mend_album):
        with pytest.raises(ContractBroken, match="no object"):
            mend(document)


def test_a_bad_result_is_dropped_and_logged_by_rule_and_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = {**d.album(), "id": "a1b2", "artistid": "nobody"}
    with caplog.at_level(logging.WARNING, "lidarrmetadata.contract"):
        answer = mend_list("search-album", [bad, d.album()])
    assert answer.document == [d.album()]
    assert [(r.rule, r.path) for r in answer.repairs] == [("unknown-artist", "[0].artistid")]
    (line,) = [record.getMessage() for record in caplog.records]
    assert "event=dropped_from_answer kind=search-album rule=unknown-artist id=a1b2" in line


def test_of_a_result_for_all_the_good_half_stays(caplog: pytest.LogCaptureFixture) -> None:
    results = [
        {"score": 99.5, "artist": d.artist(), "album": {**d.album(), "Releases": []}},
        {"score": 1, "artist": {"id": "a1"}, "album": None},
        {"score": 1, "artist": None, "album": None},
    ]
    answer = mend_list("search-all", results)
    assert answer.document == [{"score": 100, "artist": d.artist(), "album": None}]
    assert violations("search-all", answer.document) == []
    rules = [record.args[1] for record in caplog.records if isinstance(record.args, tuple)]
    assert rules == ["no-releases", "missing", "empty-result"]
    assert "id=a1 " in caplog.text


def test_a_spotify_id_is_answered_once() -> None:
    pairs = [{"spotifyid": "s", "musicbrainzid": d.BAND}, {"spotifyid": "s", "musicbrainzid": "0"}]
    assert mend_list("spotify-lookup", pairs).document == pairs[:1]


def test_a_list_that_is_null_is_empty_and_one_that_is_none_is_refused() -> None:
    nothing: Any = None
    assert mend_list("chart", nothing).document == []
    with pytest.raises(ContractBroken, match="no list"):
        mend_list("chart", {"items": []})  # type: ignore[arg-type]
