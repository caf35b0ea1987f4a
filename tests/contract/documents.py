"""Good documents in miniature, and ways to spoil a copy of them at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAND = "5d1c0a1e-0000-4000-8000-00000000000a"
GUEST = "5d1c0a1e-0000-4000-8000-00000000000b"
Path = tuple[str | int, ...]


def artist(mbid: str = BAND, name: str = "The Kettles") -> dict[str, Any]:
    return {
        "id": mbid,
        "artistname": name,
        "sortname": "Kettles, The",
        "artistaliases": ["Kettles"],
        "disambiguation": "tea rock",
        "overview": "They boil.",
        "links": [{"target": "https://kettles.example/", "type": "home"}],
        "images": [image("poster.jpg")],
        "rating": {"Count": 3, "Value": 8.5},
        "status": "active",
        "genres": ["Rock"],
        "type": "Group",
        "oldids": ["5d1c0a1e-0000-4000-8000-0000000000aa"],
    }


def artist_with_albums() -> dict[str, Any]:
    return {**artist(), "Albums": [entry("1"), entry("2")]}


def entry(number: str) -> dict[str, Any]:
    return {
        "Id": f"a1b00000-0000-4000-8000-00000000000{number}",
        "OldIds": ["a1b00000-0000-4000-8000-0000000000aa"],
        "Title": f"Boiling Point {number}",
        "Type": "Album",
        "SecondaryTypes": ["Live"],
        "ReleaseStatuses": ["Official"],
        "ReleaseDate": "1987-03-01",
        "Rating": None,
    }


def album() -> dict[str, Any]:
    return {
        "id": "a1b00000-0000-4000-8000-000000000001",
        "oldids": [],
        "disambiguation": "",
        "title": "Boiling Point",
        "aliases": [],
        "type": "Album",
        "secondarytypes": ["Live"],
        "releasedate": "1987-03-01",
        "artistid": BAND,
        "rating": {"Count": 0, "Value": None},
        "links": [{"target": "https://kettles.example/boiling", "type": "home"}],
        "genres": ["Rock"],
        "images": [image("cover.png")],
        "overview": "",
        "artists": [artist(), artist(GUEST, "Miss Spout")],
        "Releases": [release("1"), release("2")],
        "releasestatuses": ["Official"],
    }


def release(number: str) -> dict[str, Any]:
    return {
        "Id": f"7e1ea5e0-0000-4000-8000-00000000000{number}",
        "OldIds": ["7e1ea5e0-0000-4000-8000-0000000000aa"],
        "Title": "Boiling Point",
        "Status": "Official",
        "Disambiguation": "",
        "Country": ["Norway"],
        "Label": ["Steam"],
        "Media": [{"Position": 1, "Name": "", "Format": "CD"}],
        "ReleaseDate": "1987-03-01",
        "TrackCount": 2,
        "Tracks": [track(f"{number}1", BAND), track(f"{number}2", GUEST)],
    }


def track(number: str, artist_id: str) -> dict[str, Any]:
    return {
        "Id": f"7aac0000-0000-4000-8000-0000000000{number}",
        "OldIds": [],
        "ArtistId": artist_id,
        "RecordingId": f"7ec00000-0000-4000-8000-0000000000{number}",
        "OldRecordingIds": [],
        "TrackName": "Whistle",
        "TrackNumber": "A1",
        "TrackPosition": 1,
        "DurationMs": 180_000,
        "MediumNumber": 1,
    }


def image(name: str) -> dict[str, Any]:
    url = f"https://covers.example/{name}"
    return {"CoverType": "Poster", "Url": url, "remoteUrl": url}


def paths(value: object, here: Path = ()) -> Iterator[Path]:
    """Every place in a document, from the outside in, without the document itself."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*here, key)
            yield from paths(item, (*here, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*here, index)
            yield from paths(item, (*here, index))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(value: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """A copy in which `change(container, key)` has been done at the path; the rest is shared."""
    copy = value.copy()
    if len(path) == 1:
        change(copy, path[0])
    else:
        copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


def with_value(value: Any, path: Path, new: object) -> Any:
    return changed(value, path, lambda container, key: container.__setitem__(key, new))


def without(value: Any, path: Path) -> Any:
    return changed(value, path, lambda container, key: container.__delitem__(key))
