"""MusicBrainz out of its own PostgreSQL database: a mirror, or the embedded sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lidarrmetadata.provider.mixins import (
    AlbumByIdMixin,
    ArtistByIdMixin,
    Changes,
    ChangesMixin,
    DataVintageMixin,
    Found,
    Vintage,
    WarmUpMixin,
)
from lidarrmetadata.provider.musicbrainz.albums import AlbumBuilder, AlbumRows, recordings_by_id
from lidarrmetadata.provider.musicbrainz.artists import (
    SPECIAL_PURPOSE_ARTISTS,
    album_entries,
    artist_document,
)
from lidarrmetadata.provider.musicbrainz.belief import HELD_UP
from lidarrmetadata.provider.musicbrainz.changes import changes
from lidarrmetadata.provider.musicbrainz.finding import Finding
from lidarrmetadata.provider.musicbrainz.listed import Lists
from lidarrmetadata.provider.musicbrainz.names import Names
from lidarrmetadata.provider.musicbrainz.readiness import Catalogue, look_over
from lidarrmetadata.provider.musicbrainz.recordings import Recordings
from lidarrmetadata.provider.musicbrainz.series import Series
from lidarrmetadata.provider.musicbrainz.spotify import SpotifyIds
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Album, Artist
    from lidarrmetadata.provider.http import Tools


class MusicbrainzDbProvider(
    Names,
    Finding,
    Recordings,
    Lists,
    Series,
    SpotifyIds,
    ArtistByIdMixin,
    AlbumByIdMixin,
    DataVintageMixin,
    ChangesMixin,
    WarmUpMixin,
):
    """Artists and albums from a database with MusicBrainz' schema, sequence 30 or newer.

    Every call is one transaction that sees one state of the database, of at most eight statements
    however many ids are asked for, and two more when the database is looked over again. Whatever
    goes wrong there comes out as `ProviderUnavailable`.
    """

    name: ClassVar[str] = "musicbrainz_db"

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """A database needs none of the tools for the internet."""
        super().__init__(config)
        hidden = config.UNKNOWN_RELEASE_STATUS == "hide"
        self._unknown_status = None if hidden else config.UNKNOWN_RELEASE_STATUS
        self._collaborations = config.COLLABORATIONS
        self._locales = config.PREFERRED_ALIAS_LOCALES
        self._excluded_formats = frozenset(config.EXCLUDED_MEDIA_FORMATS)
        self._archive = config.COVERARTARCHIVE_URL.rstrip("/")

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """There is always a database: without an own one the embedded."""
        return True

    async def artists(self, mbids: Sequence[str], *, albums: bool) -> Found[Artist]:
        """See `ArtistByIdMixin`.

        Special-purpose artists are found, without albums. In a sample, an artist without albums is
        one whose albums the sample left out.
        """
        async with self._snapshot(self._shares.artists) as (connection, catalogue):
            asked = {
                row["asked"]: row["artist"]
                for row in await _fetch(connection, "resolve_artists", mbids)
            }
            documents = await self._artist_documents(connection, catalogue, asked.values())
            if albums:
                listing = await self._listings(connection, catalogue, documents)
                for number, artist in documents.items():
                    artist["Albums"] = listing.get(number, [])
            found = {mbid: documents[number] for mbid, number in asked.items()}
            if albums and not catalogue.complete:
                found = {
                    mbid: artist
                    for mbid, artist in found.items()
                    if artist["Albums"] or artist["id"] in SPECIAL_PURPOSE_ARTISTS
                }
            return await self._found(connection, mbids, found)

    async def albums(self, mbids: Sequence[str]) -> Found[Album]:
        """See `AlbumByIdMixin`.

        In a sample, an album without tracks is one whose tracks the sample left out.
        """
        async with self._snapshot(self._shares.albums) as (connection, catalogue):
            groups = await _fetch(connection, "release_groups", mbids)
            rows = await _album_rows(connection, [group["id"] for group in groups])
            numbers = {artist for group in groups for artist in group["credited"]}
            numbers.update(rows.first_artists.values())
            builder = AlbumBuilder(
                rows,
                await self._artist_documents(connection, catalogue, numbers),
                catalogue.words,
                unknown_status=self._unknown_status,
                excluded_formats=self._excluded_formats,
                archive=self._archive,
            )
            found = {group["asked"]: builder.album(group) for group in groups}
            if not catalogue.complete:
                found = {
                    mbid: album
                    for mbid, album in found.items()
                    if any(release["Tracks"] for release in album["Releases"])
                }
            return await self._found(connection, mbids, found)

    async def vintage(self) -> Vintage:
        """See `DataVintageMixin`. Fresh to half a minute, but for what somebody else has locked."""
        async with self._snapshot(self._shares.vintage) as (_, catalogue):
            return catalogue.vintage

    @property
    def last_vintage(self) -> Vintage | None:
        """See `DataVintageMixin`."""
        return self._belief.catalogue.vintage if self._belief.catalogue else None

    async def changes(self, since: datetime, mark: str) -> Changes:
        """See `ChangesMixin`. Takes one connection, for up to `PATIENCE` seconds."""
        async with self._snapshot(self._shares.changes) as (connection, catalogue):
            return await changes(connection, catalogue.files, since, mark)

    async def _found(
        self, connection: PoolConnectionProxy, mbids: Sequence[str], documents: dict[str, Any]
    ) -> Found[Any]:
        """What was found, and what is positively not there, as only a whole catalogue can tell."""
        missing = frozenset(mbids).difference(documents)
        try:
            if missing and (await look_over(connection)).complete:
                return Found(documents, missing)
        except HELD_UP:
            if not documents:
                raise
        return Found(documents, frozenset())

    async def _artist_documents(
        self, connection: PoolConnectionProxy, catalogue: Catalogue, numbers: Iterable[int]
    ) -> dict[int, Artist]:
        rows = await _fetch(connection, "artists", sorted(set(numbers)))
        return {row["id"]: artist_document(row, catalogue.words, self._locales) for row in rows}

    async def _listings(
        self, connection: PoolConnectionProxy, catalogue: Catalogue, artists: dict[int, Artist]
    ) -> dict[int, Any]:
        numbers = [
            n for n, artist in artists.items() if artist["id"] not in SPECIAL_PURPOSE_ARTISTS
        ]
        rows: dict[int, list[asyncpg.Record]] = {number: [] for number in numbers}
        for row in await _fetch(connection, "artist_albums", numbers, self._collaborations):
            rows[row["artist"]].append(row)
        return {
            number: album_entries(own, catalogue.words, self._unknown_status)
            for number, own in rows.items()
        }


async def _album_rows(connection: PoolConnectionProxy, groups: list[int]) -> AlbumRows:
    releases = await _fetch(connection, "releases", groups)
    media = [medium for release in releases for medium in release["media"] or ()]
    tracks = await _fetch(connection, "tracks", media)
    old = await _fetch(connection, "track_old_ids", [track["id"] for track in tracks])
    recordings = await _fetch(connection, "recordings", _distinct(tracks, "recording"))
    credits_ = await _fetch(connection, "first_artists", _distinct(tracks, "artist_credit"))
    return AlbumRows(
        releases=releases,
        tracks=tracks,
        recordings=recordings_by_id(recordings),
        track_old_ids={row["id"]: row["old_gids"] for row in old},
        first_artists={row["artist_credit"]: row["artist"] for row in credits_},
    )


async def _fetch(
    connection: PoolConnectionProxy, name: str, ids: Sequence[object], *more: object
) -> list[asyncpg.Record]:
    """Rows of a statement that takes ids; nothing is asked about no ids."""
    return await connection.fetch(statement(f"musicbrainz/{name}"), ids, *more) if ids else []


def _distinct(rows: Iterable[asyncpg.Record], key: str) -> list[int]:
    return sorted({row[key] for row in rows})
