"""What stands in sample.json: a format of our own, made to be read and checked by people."""

from __future__ import annotations

from typing import NotRequired, TypedDict

Lookup = dict[str, list[dict[str, str | int]]]
"""Rows of MusicBrainz' own lists (types, statuses, formats, countries) by table, with real ids."""


class Credit(TypedDict):
    """One artist of a credit, by MBID; `join` stands between this name and the next."""

    artist: str
    name: str
    join: str


class Credited(TypedDict):
    """Who is credited: one `artist` under their own name, or several, or as one level up."""

    artist: NotRequired[str]
    credit: NotRequired[list[Credit]]


class Alias(TypedDict):
    """Another name of an artist; `primary` is the usual one in its locale."""

    name: str
    sort_name: str
    locale: NotRequired[str]
    primary: NotRequired[bool]


class Link(TypedDict):
    """An address, and MusicBrainz' name for what is there."""

    type: str
    url: str


class Artist(TypedDict):
    """`type` is None when MusicBrainz does not say."""

    id: str
    name: str
    sort_name: str
    type: str | None
    ended: bool
    disambiguation: NotRequired[str]
    aliases: NotRequired[list[Alias]]
    links: NotRequired[list[Link]]


class Track(Credited):
    """`number` is what the sleeve says; `length` is in milliseconds, None if unknown."""

    id: str
    recording: str
    number: str
    title: str
    length: int | None


class Medium(TypedDict):
    """Media and tracks count from 1 in the order in which they stand here."""

    format: str
    title: NotRequired[str]
    tracks: list[Track]


class Event(TypedDict):
    """When a release came out where: ISO 3166 code or None, date as far as it is known."""

    country: str | None
    date: str | None


class Label(TypedDict):
    """A label under whose name a release came out."""

    name: str
    catalog_number: NotRequired[str]


class Release(Credited):
    """An edition of an album, with all its tracks."""

    id: str
    title: str
    status: str
    disambiguation: NotRequired[str]
    events: list[Event]
    labels: list[Label]
    media: list[Medium]


class ReleaseGroup(Credited):
    """An album: with releases, or with no more than the status that some of them have."""

    id: str
    title: str
    type: str
    secondary_types: NotRequired[list[str]]
    date: str | None
    disambiguation: NotRequired[str]
    links: NotRequired[list[Link]]
    status: NotRequired[str]
    releases: NotRequired[list[Release]]


class Sample(TypedDict):
    """The whole file. `date` is the day its facts were read."""

    date: str
    lookups: Lookup
    artists: list[Artist]
    release_groups: list[ReleaseGroup]
