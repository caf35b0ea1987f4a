"""The documents that go over the wire, key for key and case for case.

Lidarr matches names without regard to case, other clients do not: both official spellings are kept
(an artist's own keys are lower case, everything nested below it is not). A document is a plain
dict, so that it can be cached, compared and encoded without conversion. Dates are `YYYY-MM-DD` or
None, lengths milliseconds, ids lower-case MBIDs.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Kind = Literal["artist", "album"]
"""Of a whole document: the first part of its address, and the cache table it is kept in."""

KINDS: tuple[Kind, ...] = ("artist", "album")


class Rating(TypedDict):
    """`Value` is 0–10 in steps of 0.1, None without votes; `Count` is the number of votes."""

    Count: int
    Value: float | None


class Link(TypedDict):
    """`type` is the word people know the site by: `spotify`, `bbc`, `discogs`."""

    target: str
    type: str


class Image(TypedDict):
    """`CoverType` is Banner, Cover, Disc, Fanart, Logo or Poster.

    Lidarr takes the file type from the end of `Url`: .jpg, .png or .gif, and no query after it.
    """

    CoverType: str
    Url: str
    remoteUrl: str


class Medium(TypedDict):
    """One disc, record or set of files. `Position` counts from 1, `Format` is "" when unknown."""

    Position: int
    Name: str
    Format: str


class Track(TypedDict):
    """One listed track.

    `TrackNumber` is what the sleeve says ("A1"), `TrackPosition` counts within its medium.
    """

    Id: str
    OldIds: list[str]
    ArtistId: str
    RecordingId: str
    OldRecordingIds: list[str]
    TrackName: str
    TrackNumber: str
    TrackPosition: int
    DurationMs: int | None
    MediumNumber: int


class Release(TypedDict):
    """One edition of an album.

    `Country` holds names, not codes; `TrackCount` is the length of `Tracks`.
    """

    Id: str
    OldIds: list[str]
    Title: str
    Status: str
    Disambiguation: str
    Country: list[str]
    Label: list[str]
    Media: list[Medium]
    ReleaseDate: str | None
    TrackCount: int
    Tracks: list[Track]


class AlbumEntry(TypedDict):
    """An album as it is listed below its artist: no releases, or Lidarr throws."""

    Id: str
    OldIds: list[str]
    Title: str
    Type: str
    SecondaryTypes: list[str]
    ReleaseStatuses: list[str]
    ReleaseDate: str | None
    Rating: Rating | None


class Artist(TypedDict):
    """An artist.

    `Albums` is there in `/artist/{id}` only; an album's `artists` are the same without it.
    """

    id: str
    artistname: str
    sortname: str
    artistaliases: list[str]
    disambiguation: str
    overview: str
    links: list[Link]
    images: list[Image]
    rating: Rating
    status: str
    genres: list[str]
    type: str | None
    oldids: list[str]
    Albums: NotRequired[list[AlbumEntry]]


class Album(TypedDict):
    """An album, which MusicBrainz calls a release group, with every release and track."""

    id: str
    oldids: list[str]
    disambiguation: str
    title: str
    aliases: list[str]
    type: str
    secondarytypes: list[str]
    releasedate: str | None
    artistid: str
    rating: Rating
    links: list[Link]
    genres: list[str]
    images: list[Image]
    overview: str
    artists: list[Artist]
    Releases: list[Release]
    releasestatuses: list[str]


class About(TypedDict):
    """What `/` answers. `replication_date` is ISO 8601, None until the catalogue has been asked."""

    version: str
    branch: str
    commit: str
    schema_sequence: int | None
    replication_date: str | None


class SpotifyPair(TypedDict):
    """What a Spotify id stands for; "0": it was looked up and is not there, None: it was not."""

    spotifyid: str
    musicbrainzid: str | None


class Changes(TypedDict):
    """What changed lately: ids of artists or of albums."""

    since: str
    count: int
    limited: bool
    items: list[str]
