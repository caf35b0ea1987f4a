"""Rows about artists, made into documents."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lidarrmetadata.provider.musicbrainz.dates import full_date
from lidarrmetadata.provider.musicbrainz.words import genre_title, is_latin, link_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lidarrmetadata.documents import AlbumEntry, Artist, Link, Rating
    from lidarrmetadata.provider.musicbrainz.rows import Row
    from lidarrmetadata.provider.musicbrainz.vocabulary import Vocabulary

# Stand-ins, not artists: their album lists (300,000 for Various Artists) mean nothing and are never
# listed. https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
SPECIAL_PURPOSE_ARTISTS = frozenset(
    {
        "f731ccc4-e22a-43af-a747-64213329e088",  # [anonymous]
        "33cf029c-63b0-41a0-9855-be2a3665fb3b",  # [data]
        "314e1c25-dde7-4e4d-b2f4-0a7b9f7c56dc",  # [dialogue]
        "eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61",  # [no artist]
        "9be7f096-97ec-4615-8957-8d40b5dcbc41",  # [traditional]
        "125ec42a-7229-4250-afc5-e057484327fe",  # [unknown]
        "89ad4ac3-39f7-470e-963a-56509c546377",  # Various Artists
    }
)

_NEVER = "9999"  # sorts behind every date
_NO_TYPE = "Other"  # a release group without primary type; Lidarr shows no album without one


def artist_document(row: Row, words: Vocabulary, locales: Sequence[str] = ()) -> Artist:
    """An artist, less `Albums`, from a row of `artists.sql`.

    An artist whose name is not in Latin letters goes by the main alias of the first of `locales`
    that there is one in, and the name becomes an alias.
    """
    name, sort_name = _readable_name(row, locales)
    return {
        "id": row["gid"],
        "artistname": name,
        "sortname": sort_name,
        "artistaliases": list(
            dict.fromkeys([*([row["name"]] if name != row["name"] else []), *row["aliases"]])
        ),
        "disambiguation": row["comment"],
        "overview": "",
        "links": links(row["links"]),
        "images": [],
        "rating": rating(row),
        "status": "ended" if row["ended"] else "active",
        "genres": genres(row["genres"]),
        "type": None if row["type"] is None else words.artist_types[row["type"]],
        "oldids": sorted(row["old_gids"]),
    }


def _readable_name(row: Row, locales: Sequence[str]) -> tuple[str, str]:
    if locales and not is_latin(row["name"]):
        for wanted in locales:
            for locale, name, sort_name in row["locale_names"]:
                if locale == wanted:
                    return name, sort_name
    return row["name"], row["sort_name"]


def album_entries(
    rows: Iterable[Row], words: Vocabulary, unknown_status: str | None
) -> list[AlbumEntry]:
    """One artist's albums from rows of `artist_albums.sql`: by date, title and id, each once.

    `unknown_status` is the status given to releases that have none; None leaves them out.
    """

    # Thousands of albums have a few dozen combinations between them.
    @cache
    def kinds(numbers: tuple[int, ...]) -> list[str]:
        return secondary_types(numbers, words)

    @cache
    def states(numbers: tuple[int | None, ...]) -> list[str]:
        return statuses(numbers, words, unknown_status)

    entries: dict[str, AlbumEntry] = {
        row["gid"]: {
            "Id": row["gid"],
            "OldIds": sorted(row["old_gids"]),
            "Title": row["name"],
            "Type": primary_type(row["type"], words),
            "SecondaryTypes": kinds(tuple(row["secondary_types"])),
            "ReleaseStatuses": states(tuple(row["statuses"])),
            "ReleaseDate": full_date(row["year"], row["month"], row["day"]),
            "Rating": rating(row),
        }
        for row in rows
    }
    return sorted(
        entries.values(),
        key=lambda entry: (entry["ReleaseDate"] or _NEVER, entry["Title"], entry["Id"]),
    )


def primary_type(number: int | None, words: Vocabulary) -> str:
    """`Album`, `EP`, `Single`, `Broadcast` or `Other`."""
    return _NO_TYPE if number is None else words.types[number]


def secondary_types(numbers: Iterable[int], words: Vocabulary) -> list[str]:
    """`Live`, `Compilation` and so on, in alphabetical order; empty for a studio album."""
    return sorted(words.secondary_types[number] for number in numbers)


def statuses(
    numbers: Iterable[int | None], words: Vocabulary, unknown_status: str | None
) -> list[str]:
    """The statuses of a group's releases, each once, in alphabetical order."""
    names = {unknown_status if number is None else words.statuses[number] for number in numbers}
    return sorted(name for name in names if name is not None)


def rating(row: Row) -> Rating:
    """Votes and their mean on a scale to 10; MusicBrainz keeps it on one to 100."""
    value = row["rating"]
    return {
        "Count": row["rating_count"] or 0,
        "Value": None if value is None else value / 10,
    }


def genres(names: Iterable[str]) -> list[str]:
    """Genres in title case, in the order given, most voted first."""
    return [genre_title(name) for name in names]


def links(urls: Iterable[str]) -> list[Link]:
    """Addresses, each with the word its site is known by."""
    return [{"target": url, "type": link_type(url)} for url in urls]
