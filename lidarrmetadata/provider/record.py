"""What a source said about one artist or album, in the form it is remembered in."""

from __future__ import annotations

from typing import Any, TypedDict


class Record(TypedDict, total=False):
    """Only what the source had something to say about.

    `images` are addresses by Lidarr's cover type, `overview` is text without mark-up, `links` are
    addresses.
    """

    images: dict[str, str]
    overview: str
    links: list[str]


def text(value: Any) -> str:  # noqa: ANN401  whatever a source may have sent
    """A string of a source's answer. Raises TypeError for anything else, null included."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text belongs")
    return value.strip()


def optional_text(value: Any) -> str:  # noqa: ANN401  as above
    """A string of a source's answer, "" for null. Raises TypeError for anything else."""
    return "" if value is None else text(value)


def table(value: Any) -> dict[str, Any]:  # noqa: ANN401  as above
    """An object of a source's answer. Raises TypeError for anything else, null included."""
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} where an object belongs")
    return value


def rows(value: Any) -> list[Any]:  # noqa: ANN401  as above
    """A list of a source's answer, empty for null. Raises TypeError for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} where a list belongs")
    return value
