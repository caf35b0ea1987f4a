"""Genres, sites and scripts, as people see them."""

from __future__ import annotations

import pytest

from lidarrmetadata.provider.musicbrainz.words import genre_title, is_latin, link_type


@pytest.mark.parametrize(
    "title",
    [
        "R&B",
        "K-Pop",
        "Children's Music",
        "Children’s Music",
        "Música Criolla",
        "Rock And Roll",
        "Singer-Songwriter",
        "2-Step",
        "Uk82",
        "Éntekhno",
        "Кино",
        "Drum And Bass/Jungle",
    ],
)
def test_a_genre_gets_a_capital_where_a_word_begins(title: str) -> None:
    assert genre_title(title.lower()) == title


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://open.spotify.com/artist/4Z8W4fKeB5YxbusRsdQVPb", "spotify"),
        ("https://www.bbc.co.uk/music/artists/1", "bbc"),
        ("http://musicmoz.org/Bands_and_Artists/R/Radiohead/", "musicmoz"),
        ("https://web.archive.org/web/2001/http://www.geocities.com/the_las/", "archive"),
        ("http://www.geocities.co.jp/MusicStar-Guitar/8537/", "geocities"),
        ("https://www.last.fm/music/Radiohead", "last"),
        ("http://www.uakti.com.br/", "uakti"),
        ("https://USER@WWW.Discogs.COM:443/artist/1", "discogs"),
        ("https://localhost/x", "localhost"),
        ("//example.net/x", "example"),
        ("mailto:someone@example.net", "mailto"),
        ("urn:isbn:0000000000", "urn"),
        ("www.example.net", "link"),
        ("https://", "https"),
        ("https://[broken/", "link"),
        ("", "link"),
    ],
)
def test_a_site_goes_by_the_word_people_know_it_by(url: str, word: str) -> None:
    assert link_type(url) == word


@pytest.mark.parametrize(
    "name",
    [
        "Ada Quill",
        "Sigur Rós",
        "Đặng Thái Sơn",
        "Ænima",
        "ＰＥＲＦＵＭＥ",
        "311",
        "!!!",
        "",
        "Israel Kamakawiwoʻole",
        "µ-Ziq",
        "KoЯn",
    ],
)
def test_a_name_of_mostly_latin_letters_or_none_is_latin(name: str) -> None:
    assert is_latin(name)


@pytest.mark.parametrize(
    "name", ["海のコーラス", "Кино", "Γιάννης", "DJ 大自然", "방탄소년단", "فيروز"]
)
def test_a_name_in_other_letters_is_not(name: str) -> None:
    assert not is_latin(name)
