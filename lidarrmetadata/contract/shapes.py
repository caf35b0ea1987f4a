"""The table of what Lidarr needs: every field of every document, its type, what its absence does.

Lidarr 2.14.5 reads an answer in two steps. First it converts JSON to typed values: a value of the
wrong type fails the whole answer, a null counts as absent, unknown names are skipped. Then it
maps the typed values to its own: there an absent field that it relies on fails. `kind` is about
the first step, `absent` about the second. `instead` is what we send for a field that is absent;
without it a field that Lidarr needs refuses the document.

Fields with `ours=False` are read by Lidarr but never sent by us. Every other field is always
sent, so that a document with exactly those keys can be checked column by column (`settled.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """The type Lidarr reads a field as."""

    TEXT = auto()  # a string; numbers and booleans are converted
    URL = (
        auto()
    )  # TEXT to Lidarr's parser; its cover code wants the path to end in .jpg, .png or .gif
    INT = auto()  # 32 bits; `1.0` is refused, "1" is taken
    MILLIS = auto()  # INT; a length that does not fit is cut to what fits
    NUMBER = auto()  # a decimal number, quoted or not
    FLAG = auto()  # a boolean
    DATE = auto()  # a string .NET's DateTime understands
    TEXTS = auto()  # a list of TEXT
    ONE = auto()  # an object of the shape `of`
    MANY = auto()  # a list of objects of the shape `of`
    NOTHING = auto()  # must be absent or an empty list
    UNREAD = auto()  # sent for other clients, skipped by Lidarr


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table.

    `absent` is what goes wrong in Lidarr without the field, "" if nothing does; `nulls` the same
    for a null inside its list. `loose` elements of a list are dropped when they cannot be mended;
    all others refuse the document, since Lidarr deletes albums, releases and tracks that are no
    longer listed. Without a `vital` field an object is of no use to anybody, though Lidarr takes
    it.
    """

    name: str
    kind: Kind
    absent: str = ""
    instead: str | None = None
    of: Shape | None = None
    nulls: str = ""
    loose: bool = False
    vital: bool = False
    ours: bool = True

    @property
    def needed(self) -> bool:
        """True if the object cannot be sent without this field."""
        return bool(self.absent) or self.vital


@dataclass(frozen=True, slots=True)
class Shape:
    """All fields of one kind of object, in the spelling that goes over the wire."""

    title: str
    fields: tuple[Field, ...]
    ours: tuple[Field, ...] = field(init=False)
    spelling: dict[str, str] = field(init=False)  # lower case -> as sent

    def __post_init__(self) -> None:
        object.__setattr__(self, "ours", tuple(f for f in self.fields if f.ours))
        object.__setattr__(self, "spelling", {f.name.lower(): f.name for f in self.fields})


def _shape(title: str, *fields: Field) -> Shape:
    return Shape(title, fields)


THROWS = "Lidarr throws on the whole answer"
NOT_STORED = "Lidarr cannot store it: its column takes no null"
ARTIST_FAILS = "Lidarr fails the whole artist"
ALBUM_FAILS = "Lidarr fails the refresh of the whole album"
DELETED = "Lidarr deletes an album without a valid release"

RATING = _shape("rating", Field("Count", Kind.INT), Field("Value", Kind.NUMBER))
LINK = _shape("link", Field("target", Kind.TEXT, vital=True), Field("type", Kind.TEXT))
IMAGE = _shape(
    "image",
    Field("CoverType", Kind.TEXT, absent=THROWS),
    Field("Url", Kind.URL, vital=True),
    Field("remoteUrl", Kind.UNREAD),
    Field("Height", Kind.INT, ours=False),
    Field("Width", Kind.INT, ours=False),
)
ALBUM_ENTRY = _shape(
    "album entry",
    Field("Id", Kind.TEXT, absent=ARTIST_FAILS),
    Field("OldIds", Kind.TEXTS, absent=ARTIST_FAILS, nulls=ARTIST_FAILS),
    Field("Title", Kind.TEXT, absent=ARTIST_FAILS),
    Field("Type", Kind.TEXT, instead="Other"),  # without one it is filtered out, not refused
    Field("SecondaryTypes", Kind.TEXTS, absent=ARTIST_FAILS),  # nulls: see `relations.py`
    Field("ReleaseStatuses", Kind.TEXTS, absent=ARTIST_FAILS, nulls=ARTIST_FAILS),
    Field("ReleaseDate", Kind.DATE),
    Field("Rating", Kind.ONE, of=RATING),
    Field("Releases", Kind.NOTHING, ours=False),
)
_ARTIST = (
    Field("id", Kind.TEXT, absent=NOT_STORED),
    Field("artistname", Kind.TEXT, absent=THROWS),
    Field("sortname", Kind.UNREAD),
    Field("artistaliases", Kind.TEXTS),
    Field("disambiguation", Kind.TEXT),
    Field("overview", Kind.TEXT),
    Field("links", Kind.MANY, of=LINK, loose=True),
    Field("images", Kind.MANY, absent=THROWS, of=IMAGE, loose=True),
    Field("rating", Kind.ONE, of=RATING),
    Field("status", Kind.TEXT),
    Field("genres", Kind.TEXTS),
    Field("type", Kind.TEXT),
    Field("oldids", Kind.TEXTS, absent=THROWS),
)
ARTIST = _shape("artist", *_ARTIST, Field("Albums", Kind.MANY, of=ALBUM_ENTRY))
CREDITED_ARTIST = _shape(  # as listed in an album's `artists`
    "artist", *_ARTIST, Field("Albums", Kind.MANY, of=ALBUM_ENTRY, ours=False)
)
MEDIUM = _shape(
    "medium",
    Field("Position", Kind.INT),  # without one its tracks vanish: see `relations.py`
    Field("Name", Kind.TEXT),
    Field("Format", Kind.TEXT),
)
TRACK = _shape(
    "track",
    Field("Id", Kind.TEXT, absent=NOT_STORED),
    Field("OldIds", Kind.TEXTS, absent=THROWS),
    Field("ArtistId", Kind.TEXT, absent=THROWS),
    Field("RecordingId", Kind.TEXT, absent=NOT_STORED),
    Field("OldRecordingIds", Kind.TEXTS, absent=THROWS),
    Field("TrackName", Kind.TEXT),
    Field("TrackNumber", Kind.TEXT),
    Field("TrackPosition", Kind.INT),
    Field("DurationMs", Kind.MILLIS),
    Field("MediumNumber", Kind.INT),
)
RELEASE = _shape(
    "release",
    Field("Id", Kind.TEXT, absent=ALBUM_FAILS),
    Field("OldIds", Kind.TEXTS, absent=THROWS),
    Field("Title", Kind.TEXT, absent=ALBUM_FAILS),
    Field("Status", Kind.TEXT, absent=ALBUM_FAILS, instead="Official"),
    Field("Disambiguation", Kind.TEXT),
    Field("Country", Kind.TEXTS, absent=THROWS),
    Field("Label", Kind.TEXTS),
    Field("Media", Kind.MANY, absent=THROWS, of=MEDIUM),
    Field("ReleaseDate", Kind.DATE),
    Field("TrackCount", Kind.INT),
    Field("Tracks", Kind.MANY, absent=THROWS, of=TRACK),
)
ALBUM = _shape(
    "album",
    Field("id", Kind.TEXT, absent=NOT_STORED),
    Field("oldids", Kind.TEXTS, absent=THROWS),
    Field("disambiguation", Kind.TEXT),
    Field("title", Kind.TEXT, absent=THROWS),
    Field("aliases", Kind.UNREAD),
    Field("type", Kind.TEXT, absent=NOT_STORED, instead="Other"),
    Field("secondarytypes", Kind.TEXTS, absent=THROWS, nulls=THROWS),
    Field("releasedate", Kind.DATE),
    Field("artistid", Kind.TEXT, absent=THROWS),
    Field("rating", Kind.ONE, of=RATING),
    Field("links", Kind.MANY, of=LINK, loose=True),
    Field("genres", Kind.TEXTS),
    Field("images", Kind.MANY, of=IMAGE, loose=True),
    Field("overview", Kind.TEXT),
    Field("artists", Kind.MANY, absent=THROWS, of=CREDITED_ARTIST, loose=True),
    Field("Releases", Kind.MANY, of=RELEASE),  # none at all: see `relations.py`
    Field("releasestatuses", Kind.TEXTS),
)
FOUND = _shape(
    "search result",
    Field("score", Kind.INT),
    Field("artist", Kind.ONE, of=ARTIST),
    Field("album", Kind.ONE, of=ALBUM),
)
FOUND_ENVELOPE = _shape(  # without what is in it, which is mended by itself
    "search result",
    Field("score", Kind.INT),
    Field("artist", Kind.UNREAD),
    Field("album", Kind.UNREAD),
)
RECENT = _shape(
    "recent changes",
    Field("since", Kind.DATE),
    Field("count", Kind.INT),
    Field("limited", Kind.FLAG),
    Field("items", Kind.TEXTS),  # needed unless limited: see `relations.py`
)
CHART_ITEM = _shape(
    "chart item",
    Field("ArtistName", Kind.TEXT),
    Field("AlbumTitle", Kind.TEXT),
    Field("ArtistId", Kind.TEXT),
    Field("AlbumId", Kind.TEXT),
    Field("ReleaseDate", Kind.DATE),
)
SPOTIFY_PAIR = _shape(
    "pair of ids",
    Field("spotifyid", Kind.TEXT, absent=THROWS),
    Field("musicbrainzid", Kind.TEXT),
)
