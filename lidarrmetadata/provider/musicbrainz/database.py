"""MusicBrainz out of its own PostgreSQL database: a mirror, or the embedded sample."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import asyncpg

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import (
    AlbumByIdMixin,
    ArtistByIdMixin,
    DataVintageMixin,
    Found,
    Vintage,
)
from lidarrmetadata.provider.musicbrainz.albums import AlbumBuilder, AlbumRows, recordings_by_id
from lidarrmetadata.provider.musicbrainz.artists import (
    SPECIAL_PURPOSE_ARTISTS,
    album_entries,
    artist_document,
)
from lidarrmetadata.provider.musicbrainz.readiness import Catalogue, current_state, look_over
from lidarrmetadata.provider.musicbrainz.vocabulary import UnknownWord
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Album, Artist
    from lidarrmetadata.provider.http import Tools

log = logging.getLogger(__name__)

# How long, in seconds, a database is believed to be as it was when last looked over. New
# connections look again at once, and so does every "no such id".
_TRUST = 30.0

_SESSION = {
    "search_path": "musicbrainz,public",  # the database's own setting gets lost in copies
    "default_transaction_read_only": "on",
    "jit": "off",  # compiling costs the first query of a connection a second and saves nothing here
    "plan_cache_mode": "force_generic_plan",  # planning costs more than these look-ups
    "random_page_cost": "1.1",  # SSD or memory, else small data loses to whole-table scans
    "timezone": "UTC",
    "application_name": "lidarr-metadata",
}

_AMISS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word for a connection that died while it lay idle
    OSError,
    TimeoutError,
)


class MusicbrainzDbProvider(ArtistByIdMixin, AlbumByIdMixin, DataVintageMixin):
    """Artists and albums from a database with MusicBrainz' schema, sequence 30 or newer.

    Every call is one transaction that sees one state of the database, of at most eight statements
    however many ids are asked for, and two more when the database is looked over again. Whatever
    goes wrong there comes out as `ProviderUnavailable`.
    """

    name: ClassVar[str] = "musicbrainz_db"

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """A database needs none of the tools for the internet."""
        database = config.DATABASE
        self._where = f"{database['host']}:{database['port']}/{database['database']}"
        self._database = database
        self._pool_size = config.DATABASE_POOL_MAX
        self._acquire_timeout = config.DATABASE_ACQUIRE_TIMEOUT
        self._statement_timeout = config.MUSICBRAINZ_TIMEOUT
        hidden = config.UNKNOWN_RELEASE_STATUS == "hide"
        self._unknown_status = None if hidden else config.UNKNOWN_RELEASE_STATUS
        self._collaborations = config.COLLABORATIONS
        self._locales = config.PREFERRED_ALIAS_LOCALES
        self._excluded_formats = frozenset(config.EXCLUDED_MEDIA_FORMATS)
        self._archive = config.COVERARTARCHIVE_URL.rstrip("/")
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._catalogue: Catalogue | None = None
        self._amiss: str | None = None
        self._looked_over = float("-inf")

    @classmethod
    def enabled(cls, config: DefaultConfig) -> bool:
        """There is always a database: without an own one the embedded."""
        return True

    async def open(self) -> None:
        """Make the pool.

        Connections are made when needed, so a database that is down is no error here.
        """
        self._pool = await asyncpg.create_pool(
            host=self._database["host"],
            port=self._database["port"],
            database=self._database["database"],
            user=self._database["user"],
            password=self._database["password"] or None,
            timeout=self._acquire_timeout,
            min_size=0,
            max_size=self._pool_size,
            init=self._forget,
            reset=_leave,
            command_timeout=self._statement_timeout + 1,
            server_settings={
                **_SESSION,
                "statement_timeout": str(round(self._statement_timeout * 1000)),
            },
        )

    async def close(self) -> None:
        """Close the pool; running statements get no longer than the acquire timeout."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), self._acquire_timeout)
        except TimeoutError:
            self._pool.terminate()
        self._pool = None

    async def artists(self, mbids: Sequence[str], *, albums: bool) -> Found[Artist]:
        """See `ArtistByIdMixin`.

        Special-purpose artists are found, without albums. In a sample, an artist without albums is
        one whose albums the sample left out.
        """
        async with self._snapshot() as (connection, catalogue):
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
        async with self._snapshot() as (connection, catalogue):
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
        """See `DataVintageMixin`. Fresh to half a minute."""
        async with self._snapshot() as (_, catalogue):
            return catalogue.vintage

    @property
    def last_vintage(self) -> Vintage | None:
        """See `DataVintageMixin`."""
        return self._catalogue.vintage if self._catalogue else None

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[tuple[PoolConnectionProxy, Catalogue]]:
        """A connection that sees one state of the database, and what is known of that state."""
        if self._pool is None:
            raise ProviderUnavailable("the MusicBrainz database has not been opened")
        try:
            async with (
                self._pool.acquire(timeout=self._acquire_timeout) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                catalogue = await self._believed(connection)
                self._say(None)
                yield connection, catalogue
        except ProviderUnavailable as error:
            self._say(str(error))
            raise
        except UnknownWord as error:
            self._looked_over = float("-inf")
            raise ProviderUnavailable(
                f"the MusicBrainz database knows a type {error} that it did not a moment ago", 1
            ) from error
        except LookupError as error:
            log.exception("event=database_inconsistent database=%s", self._where)
            raise ProviderUnavailable(
                f"the MusicBrainz database refers to a row {error} that it does not hold"
            ) from error
        except _AMISS as error:
            # Whatever befell this connection, the idle ones have lived through as well.
            await self._pool.expire_connections()
            cause = str(error) or type(error).__name__
            self._say(cause)
            raise ProviderUnavailable(f"the MusicBrainz database cannot answer: {cause}") from error

    def _say(self, amiss: str | None) -> None:
        """Log when something goes wrong, another thing does, or all is well again; not each time.

        A library being refreshed asks thousands of times while the database is down.
        """
        if amiss == self._amiss:
            return
        self._amiss = amiss
        if amiss is None:
            log.info("event=database_available database=%s", self._where)
        else:
            log.warning("event=database_unavailable database=%s cause=%r", self._where, amiss)

    async def _believed(self, connection: PoolConnectionProxy) -> Catalogue:
        now = asyncio.get_running_loop().time()
        known = self._catalogue
        if (
            known is None
            or now - self._looked_over > _TRUST
            or known.files != (await current_state(connection))["files"]
        ):
            known = self._catalogue = await look_over(connection)
            self._looked_over = now
        return known

    async def _forget(self, _: object) -> None:
        """Believe nothing: a new connection may lead to another database than the last."""
        self._looked_over = float("-inf")

    async def _found(
        self, connection: PoolConnectionProxy, mbids: Sequence[str], documents: dict[str, Any]
    ) -> Found[Any]:
        """What was found, and what is positively not there, as only a whole catalogue can tell."""
        missing = frozenset(mbids).difference(documents)
        if missing and (await look_over(connection)).complete:
            return Found(documents, missing)
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


async def _leave(_: object) -> None:
    """Spare the round trip that resets a session: none of ours ever changes a setting."""


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
