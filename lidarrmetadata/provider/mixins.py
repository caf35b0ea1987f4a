"""What a source can be asked for. A provider inherits the mixins of what it can do.

Two answers that must never be mixed up: a source that cannot say raises `ProviderUnavailable`; a
source that positively has no such thing says so in what it returns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lidarrmetadata.documents import Album, Artist, Kind
    from lidarrmetadata.provider.record import Record
    from lidarrmetadata.search.matching import Query
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

D = TypeVar("D")


@dataclass(frozen=True)
class Found(Generic[D]):
    """What became of a list of asked ids.

    `documents` holds the answers by asked id, which for a merged id is not the id inside. `unknown`
    holds the ids that positively do not exist. An asked id in neither could not be told.
    """

    documents: dict[str, D]
    unknown: frozenset[str]


@dataclass(frozen=True)
class Vintage:
    """How new a catalogue is, as far as it says.

    `schema_sequence` numbers MusicBrainz' schema, `replicated` is the time of the last change.
    """

    schema_sequence: int | None
    replicated: datetime | None


@dataclass(frozen=True)
class Changes:
    """What has changed in a catalogue.

    `artists` and `albums` hold, by lower-case MBID, retired ids among them, when the thing changed
    as the catalogue says; None where it does not say when. `mark` is to be handed to the next call.
    `everything` says that only "all of it" is true, and what the rest holds is worth nothing.
    """

    artists: dict[str, datetime | None]
    albums: dict[str, datetime | None]
    mark: str
    everything: bool


class ArtistByIdMixin(ABC):
    """Knows artists by their MBIDs."""

    @abstractmethod
    async def artists(self, mbids: Sequence[str], *, albums: bool) -> Found[Artist]:
        """The artists of these lower-case MBIDs, with `Albums` if asked for.

        Raises `ProviderUnavailable`.
        """


class AlbumByIdMixin(ABC):
    """Knows albums (release groups) by their MBIDs."""

    @abstractmethod
    async def albums(self, mbids: Sequence[str]) -> Found[Album]:
        """The albums of these lower-case MBIDs, complete. Raises `ProviderUnavailable`."""


class DataVintageMixin(ABC):
    """Can tell how new its data is."""

    @abstractmethod
    async def vintage(self) -> Vintage:
        """Schema and age of the data. Raises `ProviderUnavailable`."""

    @property
    @abstractmethod
    def last_vintage(self) -> Vintage | None:
        """What `vintage` last said, without asking anybody; None before the first time."""


class ChangesMixin(ABC):
    """Can tell what has changed in its data."""

    @abstractmethod
    async def changes(self, since: datetime, mark: str) -> Changes:
        """What changed since, a time with a time zone.

        `mark` is that of the last call, "" if there was none: without it, what has no time of
        change is not found. May take minutes. Raises `ProviderUnavailable`.
        """


class ArtistNameSearchMixin(ABC):
    """Finds artists by name."""

    @abstractmethod
    async def search_artists(self, query: Query, limit: int) -> Sequence[ArtistNames]:
        """Artists that may be meant, in no order: the best `limit` are among them, and others.

        Special-purpose artists are not. Raises `ProviderUnavailable`.
        """


class AlbumNameSearchMixin(ABC):
    """Finds albums by title, by title and artist, or by both in one query."""

    @abstractmethod
    async def search_albums(self, query: Query, artist: Query, limit: int) -> Sequence[AlbumNames]:
        """Albums that may be meant, in no order: the best `limit` are among them, and others.

        `artist` may be empty; then the query may hold the artist's name as well. Raises
        `ProviderUnavailable`.
        """


@dataclass(frozen=True)
class Covering:
    """An album with recordings that were asked for.

    `matched` of them are on that release of it with the best proportion of `matched` to `tracks`,
    which is how many it has.
    """

    album: str
    matched: int
    tracks: int
    official: bool
    released: str
    """Date as `YYYY-MM-DD`; "9999" if unknown, which sorts behind every date."""


class RecordingMixin(ABC):
    """Knows which albums recordings are on."""

    @abstractmethod
    async def albums_with(self, recordings: Sequence[str]) -> Sequence[Covering]:
        """Every album that has some of these recordings (lower-case MBIDs, current or merged).

        Unknown ones are left out. Raises `ProviderUnavailable`.
        """


@dataclass(frozen=True)
class Listed:
    """An album as lists show it. `artist` is the one credited first, `released` a date or None."""

    album: str
    title: str
    artist: str
    artist_name: str
    released: str | None


class ListedMixin(ABC):
    """Can name many albums and artists without making documents of them."""

    @abstractmethod
    async def listed_albums(self, mbids: Sequence[str]) -> dict[str, Listed]:
        """Albums by the lower-case MBIDs asked for, current or merged; those there are.

        Raises `ProviderUnavailable`.
        """

    @abstractmethod
    async def listed_artists(self, mbids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """(id, name) of artists by the lower-case MBIDs asked for; those there are.

        Raises `ProviderUnavailable`.
        """


class SeriesMixin(ABC):
    """Knows MusicBrainz' series of release groups."""

    @abstractmethod
    async def series(self, mbid: str) -> Sequence[str] | None:
        """The albums (MBIDs) of a series, current or merged, in its order, each once.

        None if there is positively no such series. Raises `ProviderUnavailable`.
        """


class SpotifyIdMixin(ABC):
    """Knows which artists and albums Spotify's ids stand for."""

    @abstractmethod
    async def spotify_ids(self, kind: Kind, spotify_ids: Sequence[str]) -> dict[str, str]:
        """MBIDs of artists or albums by Spotify id; those that are known.

        Raises `ProviderUnavailable`.
        """


@dataclass(frozen=True)
class ChartPosition:
    """Who, and of albums what, is at a position; ids as far as the source says them, else ""."""

    artist: str
    title: str = ""
    artist_id: str = ""
    album_id: str = ""


class ChartMixin(ABC):
    """Has charts. Each is a path below `/chart/`, such as `lastfm/album/top`."""

    name: ClassVar[str]
    charts: ClassVar[tuple[str, ...]]
    wishes: ClassVar[tuple[str, ...]] = ()  # what else can be asked for, by name

    @abstractmethod
    async def chart(self, path: str, count: int, wish: Mapping[str, str]) -> list[ChartPosition]:
        """The first `count` positions or fewer. `wish` holds what else was asked for by name.

        Raises `ProviderUnavailable`.
        """


class NamesMixin(ABC):
    """Can list all its artists and albums by name: what a search index is made of.

    Special-purpose artists are not listed, and nothing that could not be served as a document.
    """

    @abstractmethod
    async def count_names(self) -> tuple[int, int]:
        """About how many artists and albums there are. Raises `ProviderUnavailable`."""

    @abstractmethod
    async def artist_names(self, after: int, limit: int) -> Sequence[tuple[int, ArtistNames]]:
        """The next artists by row number, which begins above 0. Raises `ProviderUnavailable`."""

    @abstractmethod
    async def album_names(self, after: int, limit: int) -> Sequence[tuple[int, AlbumNames]]:
        """The next albums by row number, which begins above 0. Raises `ProviderUnavailable`."""

    @abstractmethod
    async def artist_names_of(self, mbids: Sequence[str]) -> Sequence[ArtistNames]:
        """These artists, those there are. Raises `ProviderUnavailable`."""

    @abstractmethod
    async def album_names_of(self, mbids: Sequence[str]) -> Sequence[AlbumNames]:
        """These albums, those there are. Raises `ProviderUnavailable`."""


class SourceMixin(ABC):
    """Adds to what the catalogue says. Told by keys of its own making, each with a `Record`."""

    name: ClassVar[str]
    cache_table: ClassVar[str]  # where its records are remembered, and its entry in CACHE_TTL

    @abstractmethod
    async def records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        """What it knows by these keys: None for "no such thing", no entry for "could not be told".

        Raises `ProviderUnavailable` if nothing could be told at all.
        """


class ArtistSourceMixin(SourceMixin):
    """Knows something about artists."""

    def artist_key(self, artist: Artist) -> str | None:
        """What to ask by; None if there is nothing to ask by."""
        return f"artist:{artist['id']}"


class AlbumSourceMixin(SourceMixin):
    """Knows something about albums."""

    def album_key(self, album: Album) -> str | None:
        """What to ask by; None if there is nothing to ask by."""
        return f"album:{album['id']}"


class ArtistImagesMixin(ArtistSourceMixin):
    """Has images of artists."""


class ArtistOverviewMixin(ArtistSourceMixin):
    """Has texts about artists."""


class ArtistLinksMixin(ArtistSourceMixin):
    """Has links for artists."""


class AlbumImagesMixin(AlbumSourceMixin):
    """Has images of albums."""


class AlbumOverviewMixin(AlbumSourceMixin):
    """Has texts about albums."""


class WarmUpMixin(ABC):
    """Takes long for the first question, and can do that before it comes."""

    @abstractmethod
    async def warm_up(self) -> None:
        """Get ready to answer quickly. Whatever it raises is no error: then the first waits."""
