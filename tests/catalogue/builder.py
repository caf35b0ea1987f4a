"""Builds a MusicBrainz catalogue out of a few readable lines.

    catalogue = Catalogue()
    artist = catalogue.artist("Ada Quill")
    album = catalogue.release_group(artist, "Inkwell", date="2003-07-09")
    medium = catalogue.medium(catalogue.release(album, dates={"GB": "2003-07-09"}))
    catalogue.track(medium, "First Draft")
    await catalogue.write(connection)

MBIDs follow from what a thing is and its name (`mbid_of`), so tests can name them without looking.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.lookups import Lookups
from lidarrmetadata.embedded.sample import SCHEMA_SEQUENCE, read_sample
from lidarrmetadata.mirror.rows import CreditedName, Rows, derived_mbid, partial_date
from lidarrmetadata.mirror.schema import create_keys_and_indexes, create_tables, mark
from tests.catalogue.entities import Credited, Entity, Medium, mbid_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lidarrmetadata.mirror.rows import PartialDate
    from lidarrmetadata.mirror.schema import Connection

    Dated = str | PartialDate | None

UPDATED = datetime(2026, 1, 1, tzinfo=UTC)


class Catalogue:
    """Rows in the making. Names must be unique per kind, or come with an `mbid` of their own."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._ids = Lookups(read_sample()["lookups"], self.rows)
        self._positions: dict[tuple[str, int], int] = defaultdict(int)
        self.rows.add(
            "replication_control",
            current_schema_sequence=SCHEMA_SEQUENCE,
            current_replication_sequence=1,
            last_replication_date=UPDATED,
        )

    def artist(
        self,
        name: str,
        *,
        mbid: str = "",
        sort_name: str = "",
        kind: str | None = "Person",
        comment: str = "",
        ended: bool = False,
        rating: tuple[int, int] | None = None,
        meta: bool = True,
    ) -> Entity:
        """`rating` is 0-100 and the number of votes; without `meta` there is no row for that."""
        mbid = mbid or mbid_of("artist", name)
        row = self.rows.add(
            "artist",
            gid=mbid,
            name=name,
            sort_name=sort_name or name,
            type=self._ids.named("artist_type", kind) if kind else None,
            comment=comment,
            ended=ended,
        )
        if meta:
            value, votes = rating or (None, None)
            self.rows.put("artist_meta", id=row, rating=value, rating_count=votes)
        return Entity("artist", row, mbid, name)

    def alias(
        self, of: Entity, name: str, locale: str | None = None, *, primary: bool = False
    ) -> None:
        """Another name of an artist or release group."""
        self.rows.add(
            f"{of.table}_alias",
            name=name,
            sort_name=name,
            locale=locale,
            primary_for_locale=primary,
            **{of.table: of.row},
        )

    def link(
        self, of: Entity, address: str, kind: str = "wikidata", *, ended: bool = False
    ) -> None:
        """An address of an artist or release group."""
        self.rows.url(of.table, of.row, address, self._ids.link_type(of.table, "url", kind), ended)

    def genre(self, *names: str) -> None:
        """Tags of these names are genres."""
        for name in names:
            self.rows.add("genre", gid=mbid_of("genre", name), name=name)

    def tag(self, of: Entity, votes: Mapping[str, int]) -> None:
        """Tags of an artist or release group, by name."""
        for name, count in votes.items():
            tag = self.rows.once("tag", name, name=name)
            self.rows.put(f"{of.table}_tag", tag=tag, count=count, **{of.table: of.row})

    def release_group(
        self,
        by: Credited,
        title: str,
        *,
        mbid: str = "",
        kind: str | None = "Album",
        secondary: Sequence[str] = (),
        date: Dated = None,
        comment: str = "",
        rating: tuple[int, int] | None = None,
    ) -> Entity:
        """An album. `date` is the first release date that MusicBrainz works out."""
        mbid = mbid or mbid_of("release_group", title)
        credit = self.credit(by)
        row = self.rows.add(
            "release_group",
            gid=mbid,
            name=title,
            artist_credit=credit,
            type=self._ids.named("release_group_primary_type", kind) if kind else None,
            comment=comment,
        )
        value, votes = rating or (None, None)
        year, month, day = _date(date)
        self.rows.put(
            "release_group_meta",
            id=row,
            first_release_date_year=year,
            first_release_date_month=month,
            first_release_date_day=day,
            rating=value,
            rating_count=votes,
        )
        for name in secondary:
            self.rows.put(
                "release_group_secondary_type_join",
                release_group=row,
                secondary_type=self._ids.named("release_group_secondary_type", name),
            )
        return Entity("release_group", row, mbid, title, credit)

    def release(
        self,
        of: Entity,
        title: str = "",
        *,
        mbid: str = "",
        status: str | None = "Official",
        dates: Mapping[str, Dated] | None = None,
        labels: Sequence[tuple[str, str | None]] = (),
        comment: str = "",
    ) -> Entity:
        """An edition of an album. `dates` by country code ("" unknown); `labels` with number."""
        title = title or of.name
        mbid = mbid or mbid_of("release", title)
        row = self.rows.add(
            "release",
            gid=mbid,
            name=title,
            artist_credit=of.credit,
            release_group=of.row,
            status=self._ids.named("release_status", status) if status else None,
            comment=comment,
        )
        for code, date in (dates or {}).items():
            self.rows.release_date(row, _date(date), self._ids.country(code) if code else None)
        for label, number in labels:
            self.rows.add(
                "release_label", release=row, label=self.rows.label(label), catalog_number=number
            )
        return Entity("release", row, mbid, title, of.credit)

    def ended_label(self, name: str) -> None:
        """A label that has closed; to be told before a release carries it."""
        self.rows.label(name, ended=True)

    def medium(
        self,
        of: Entity,
        *tracks: str,
        medium_format: str | None = "CD",
        title: str = "",
        position: int | None = None,
    ) -> Medium:
        """The next medium of a release, with these tracks on it."""
        position = self._next("medium", of.row) if position is None else position
        row = self.rows.add(
            "medium",
            gid=derived_mbid("medium", f"{of.mbid}/{position}"),
            release=of.row,
            position=position,
            format=self._ids.named("medium_format", medium_format) if medium_format else None,
            name=title,
            track_count=len(tracks),
        )
        medium = Medium(row, of)
        for track in tracks:
            self.track(medium, track)
        return medium

    def track(
        self,
        on: Medium,
        title: str,
        *,
        mbid: str = "",
        number: str = "",
        position: int | None = None,
        length: int | None = 180_000,
        by: Credited | None = None,
        recording: Entity | None = None,
        data: bool = False,
    ) -> Entity:
        """The next track of a medium; `length` in milliseconds, `number` as on the sleeve."""
        position = self._next("track", on.row) if position is None else position
        credit = on.release.credit if by is None else self.credit(by)
        recording = recording or self.recording(title, by=credit, length=length)
        mbid = mbid or mbid_of("track", f"{on.release.name}/{title}")
        row = self.rows.add(
            "track",
            gid=mbid,
            recording=recording.row,
            medium=on.row,
            position=position,
            number=number or str(position),
            name=title,
            artist_credit=credit,
            length=length,
            is_data_track=data,
        )
        return Entity("track", row, mbid, title, credit)

    def recording(
        self,
        title: str,
        *,
        by: Credited | int,
        length: int | None = 180_000,
        video: bool = False,
    ) -> Entity:
        """What a track plays. The same title is the same recording."""
        mbid = mbid_of("recording", title)
        credit = by if isinstance(by, int) else self.credit(by)
        row = self.rows.once(
            "recording",
            mbid,
            gid=mbid,
            name=title,
            artist_credit=credit,
            length=length,
            video=video,
        )
        return Entity("recording", row, mbid, title, credit)

    def merged(self, into: Entity, name: str) -> str:
        """The MBID, now retired, of a thing of this name that was merged into another."""
        old = mbid_of(into.table, name)
        self.rows.put(f"{into.table}_gid_redirect", gid=old, new_id=into.row)
        return old

    def image(self, of: Entity, *types: str, number: int, ordering: int = 1) -> None:
        """An image of a release in the Cover Art Archive, under this number."""
        self.rows.put(
            "cover_art",
            id=number,
            release=of.row,
            edit=1,
            ordering=ordering,
            mime_type="image/jpeg",
        )
        for name in types:
            self.rows.put("cover_art_type", id=number, type_id=self._ids.named("art_type", name))

    def chosen_cover(self, of: Entity, release: Entity) -> None:
        """People have chosen this release's front for the album."""
        self.rows.put("release_group_cover_art", release_group=of.row, release=release.row)

    def series(self, name: str, *albums: Entity) -> Entity:
        """A series of albums, in this order."""
        mbid = mbid_of("series", name)
        row = self.rows.add("series", gid=mbid, name=name, type=1, ordering_type=1)
        kind = self._ids.link_type("release_group", "series", "part of")
        link = self.rows.once("link", (kind, False), link_type=kind, ended=False)
        for order, album in enumerate(albums, start=1):
            self.rows.add(
                "l_release_group_series",
                link=link,
                entity0=album.row,
                entity1=row,
                link_order=order,
            )
        return Entity("series", row, mbid, name)

    def credit(self, by: Credited) -> int:
        """Row id of the artist credit that says so."""
        parts = [by] if isinstance(by, Entity) else list(by)
        names: list[CreditedName] = []
        for index, part in enumerate(parts):
            if isinstance(part, Entity):
                after = parts[index + 1] if index + 1 < len(parts) else ""
                join = after if isinstance(after, str) else ""
                names.append(CreditedName(part.row, part.name, join))
        return self.rows.credit(names)

    async def write(self, connection: Connection) -> None:
        """Write it all, into tables made for it unless the database has MusicBrainz' already."""
        made = await connection.fetchval("SELECT to_regclass('musicbrainz.artist')") is None
        if made:
            await create_tables(connection)
        await self.rows.write(connection, UPDATED)
        if made:
            await create_keys_and_indexes(connection)
            await mark(connection, "mirror", "complete")

    def _next(self, table: str, parent: int) -> int:
        self._positions[table, parent] += 1
        return self._positions[table, parent]


def _date(date: Dated) -> PartialDate:
    return date if isinstance(date, tuple) else partial_date(date)
