"""Our answers beside those recorded from the official server, over the same catalogue.

What may differ is named here, once, with the reason. Everything else is the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.shared import shared_data

if TYPE_CHECKING:
    from tests.conftest import MakeClient
    from tests.dumps import Database

ARTISTS = [
    "artist_ff3e88b3-7354-4f30-967c-1a61ebc8c642_the-las",
    "artist_b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d_beatles",
    "artist_b539e453-c4fe-47e3-8a07-8517eac74429_utada-hikaru",
]
ALBUMS = [
    "album_31048ac9-53bf-305a-9f4e-38ad458ee966_goldberg-state-of-wonder",
    "album_ac7bcd07-b598-4f3a-94bf-d2531f34979c",
]

# Order: ours is by date, title and id, so that it never changes; theirs is the database's mood.
# Lists are compared sorted.
ALLOWED = {
    "overview": "comes from Wikipedia, which has no part in the catalogue",
    "images": "theirs come from fanart.tv and TheAudioDB, and through their own image cache",
    "artistaliases": "theirs repeat aliases that two locales share",
    "links": "the dump was not made at the hour of the captures; what both have is compared",
}
# Of hosts like example.com.br the official server gives the second word, ours the first.
TOP_LEVEL_WORDS = ("ac", "co", "com", "go", "gov")
RICHER = {
    "ReleaseDate": "theirs often lack it in an artist's list; else both agree or ours is null",
    "Rating": "theirs is always null in an artist's list; ours is that of `/album`",
}


def capture(name: str) -> Any:
    return json.loads(shared_data(f"captures/{name}.json").read_text(encoding="utf-8"))


def by_id(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {document.get("Id", document.get("id")): document for document in documents}
    assert len(found) == len(documents)
    return found


def ordered(value: object) -> object:
    """The value with its lists in one order, so that only their content counts."""
    if isinstance(value, dict):
        return {key: ordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((ordered(item) for item in value), key=lambda item: json.dumps(item))
    return value


def less(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


async def ours(client_of: MakeClient, database: Database, name: str) -> Any:
    client = await client_of(DATABASE=database)
    kind, mbid, *_ = name.split("_")
    return await (client.artist(mbid) if kind == "artist" else client.album(mbid))


@pytest.mark.parametrize("name", ARTISTS)
async def test_an_artist_holds_what_the_official_server_said(
    client_of: MakeClient, dump_real: Database, name: str
) -> None:
    theirs = capture(name)
    mine = await ours(client_of, dump_real, name)
    assert set(mine) == set(theirs)
    assert ordered(less(mine, "Albums", *ALLOWED)) == ordered(less(theirs, "Albums", *ALLOWED))
    assert set(mine["artistaliases"]) == set(theirs["artistaliases"])
    words = {link["target"]: link["type"] for link in theirs["links"]}
    both = [link for link in mine["links"] if link["target"] in words]
    assert len(both) > 0.9 * len(words)
    assert all(words[link["target"]] in (link["type"], *TOP_LEVEL_WORDS) for link in both)

    albums = by_id(mine["Albums"])
    dates = []
    for theirs_album in theirs["Albums"]:
        album = albums.pop(theirs_album["Id"])
        assert ordered(less(album, *RICHER)) == ordered(less(theirs_album, *RICHER))
        dates.append((album["ReleaseDate"], theirs_album["ReleaseDate"]))
    assert albums == {}
    assert all(date in (their_date, None) for date, their_date in dates if their_date)
    assert sum(date is None for date, _ in dates) <= sum(date is None for _, date in dates)


@pytest.mark.parametrize("name", ALBUMS)
async def test_an_album_holds_what_the_official_server_said(
    client_of: MakeClient, dump_real: Database, name: str
) -> None:
    theirs = capture(name)
    mine = await ours(client_of, dump_real, name)
    assert set(mine) == set(theirs)
    parts = ("artists", "Releases")
    assert ordered(less(mine, *parts, *ALLOWED)) == ordered(less(theirs, *parts, *ALLOWED))

    artists, releases = by_id(mine["artists"]), by_id(mine["Releases"])
    for artist in theirs["artists"]:
        assert ordered(less(artists.pop(artist["id"]), *ALLOWED)) == ordered(less(artist, *ALLOWED))
    for release in theirs["Releases"]:
        assert ordered(releases.pop(release["Id"])) == ordered(release)
    assert artists == {}
    assert releases == {}
