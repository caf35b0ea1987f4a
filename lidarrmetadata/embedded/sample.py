"""The sample catalogue: well-known artists and albums to look at before there is a mirror.

Core data of MusicBrainz (CC0): ids, names, dates, titles, lengths. It is incomplete on purpose, so
it can never say that something does not exist. An album whose tracks it does not hold has one
release without media, which only carries the status that an artist's page shows; its id is made up,
as it stands for releases that are not in the sample.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.lookups import Lookups
from lidarrmetadata.mirror.rows import CreditedName, Rows, derived_mbid, partial_date
from lidarrmetadata.mirror.schema import (
    create_keys_and_indexes,
    create_tables,
    drop_tables,
    mark,
    marked,
)
from lidarrmetadata.mirror.search import can_be_searched, create_search

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.embedded.sample_format import (
        Artist,
        Credited,
        Link,
        Medium,
        Release,
        ReleaseGroup,
        Sample,
    )
    from lidarrmetadata.mirror.schema import Connection

SCHEMA_SEQUENCE = 31
_LOCK = 0x6C6D5361  # any number, but always the same: two starts at once must not both load


@dataclass(frozen=True)
class Loaded:
    """How many rows a load has written; all zero if it left the catalogue alone."""

    artists: int = 0
    albums: int = 0
    releases: int = 0
    tracks: int = 0


async def load_sample(connection: Connection) -> Loaded:
    """Fill an empty database with the sample, and say how much that was.

    All or nothing, and idempotent: a complete catalogue, or a mirror being loaded, is left alone; a
    half-loaded sample is made anew. Raises `EmbeddedError` if the package mbdata is missing, or if
    the database holds a MusicBrainz schema that is not ours.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        found = await marked(connection)
        if found is not None:
            if found.state == "complete" or found.kind != "sample":
                if found.kind == "sample" and not await can_be_searched(connection):
                    await create_search(connection)  # one made by an earlier version
                return Loaded()
            await drop_tables(connection)
        sample = read_sample()
        await create_tables(connection, "sample")
        filled = _Filled(sample)
        await filled.rows.write(connection, filled.date)
        await create_keys_and_indexes(connection)
        await mark(connection, "sample", "complete", f"sample of {sample['date']}")
        return filled.loaded


def read_sample() -> Sample:
    """Return the sample that comes with this package."""
    text = files("lidarrmetadata.embedded").joinpath("sample.json").read_text(encoding="utf-8")
    sample: Sample = json.loads(text)
    return sample


class _Filled:
    """The sample as rows of MusicBrainz' tables."""

    def __init__(self, sample: Sample) -> None:
        self.rows = Rows()
        self.date = datetime.fromisoformat(sample["date"]).replace(tzinfo=UTC)
        self._ids = Lookups(sample["lookups"], self.rows)
        self._artists: dict[str, CreditedName] = {}
        self.rows.add(
            "replication_control",
            current_schema_sequence=SCHEMA_SEQUENCE,
            last_replication_date=self.date,
        )
        for artist in sample["artists"]:
            self._artist(artist)
        for group in sample["release_groups"]:
            self._release_group(group)

    @property
    def loaded(self) -> Loaded:
        count = self.rows.count
        return Loaded(count("artist"), count("release_group"), count("release"), count("track"))

    def _artist(self, artist: Artist) -> None:
        kind = artist["type"]
        row = self.rows.add(
            "artist",
            gid=artist["id"],
            name=artist["name"],
            sort_name=artist["sort_name"],
            type=self._ids.named("artist_type", kind) if kind else None,
            comment=artist.get("disambiguation", ""),
            ended=artist["ended"],
        )
        self.rows.put("artist_meta", id=row)
        self._artists[artist["id"]] = CreditedName(row, artist["name"])
        for alias in artist.get("aliases", ()):
            self.rows.add(
                "artist_alias",
                artist=row,
                name=alias["name"],
                sort_name=alias["sort_name"],
                locale=alias.get("locale"),
                primary_for_locale=alias.get("primary", False),
            )
        self._links("artist", row, artist.get("links", ()))

    def _release_group(self, group: ReleaseGroup) -> None:
        credit = self._credit(group)
        row = self.rows.add(
            "release_group",
            gid=group["id"],
            name=group["title"],
            artist_credit=credit,
            type=self._ids.named("release_group_primary_type", group["type"]),
            comment=group.get("disambiguation", ""),
        )
        year, month, day = partial_date(group["date"])
        releases = group.get("releases", ())
        self.rows.put(
            "release_group_meta",
            id=row,
            release_count=len(releases) or 1,
            first_release_date_year=year,
            first_release_date_month=month,
            first_release_date_day=day,
        )
        for name in group.get("secondary_types", ()):
            self.rows.put(
                "release_group_secondary_type_join",
                release_group=row,
                secondary_type=self._ids.named("release_group_secondary_type", name),
            )
        self._links("release_group", row, group.get("links", ()))
        for release in releases:
            self._release(row, credit, release)
        if "status" in group:
            self.rows.add(
                "release",
                gid=derived_mbid("release", group["id"]),
                name=group["title"],
                artist_credit=credit,
                release_group=row,
                status=self._ids.named("release_status", group["status"]),
            )

    def _release(self, group: int, group_credit: int, release: Release) -> None:
        credit = self._credit(release, group_credit)
        row = self.rows.add(
            "release",
            gid=release["id"],
            name=release["title"],
            artist_credit=credit,
            release_group=group,
            status=self._ids.named("release_status", release["status"]),
            comment=release.get("disambiguation", ""),
        )
        for event in release["events"]:
            self.rows.release_date(
                row,
                partial_date(event["date"]),
                self._ids.country(event["country"]) if event["country"] else None,
            )
        for label in release["labels"]:
            self.rows.add(
                "release_label",
                release=row,
                label=self.rows.label(label["name"]),
                catalog_number=label.get("catalog_number"),
            )
        for position, medium in enumerate(release["media"], start=1):
            self._medium(release["id"], row, credit, position, medium)

    def _medium(
        self, release: str, release_row: int, release_credit: int, position: int, medium: Medium
    ) -> None:
        row = self.rows.add(
            "medium",
            gid=derived_mbid("medium", f"{release}/{position}"),
            release=release_row,
            position=position,
            format=self._ids.named("medium_format", medium["format"]),
            name=medium.get("title", ""),
            track_count=len(medium["tracks"]),
        )
        for number, track in enumerate(medium["tracks"], start=1):
            credit = self._credit(track, release_credit)
            recording = self.rows.once(
                "recording",
                track["recording"],
                gid=track["recording"],
                name=track["title"],
                artist_credit=credit,
                length=track["length"],
            )
            self.rows.add(
                "track",
                gid=track["id"],
                recording=recording,
                medium=row,
                position=number,
                number=track["number"],
                name=track["title"],
                artist_credit=credit,
                length=track["length"],
            )

    def _links(self, entity: str, row: int, links: Iterable[Link]) -> None:
        for link in links:
            self.rows.url(
                entity, row, link["url"], self._ids.link_type(entity, "url", link["type"])
            )

    def _credit(self, credited: Credited, above: int | None = None) -> int:
        if "credit" in credited:
            return self.rows.credit(
                [
                    CreditedName(self._artists[part["artist"]].artist, part["name"], part["join"])
                    for part in credited["credit"]
                ]
            )
        if above is not None and "artist" not in credited:
            return above
        return self.rows.credit([self._artists[credited["artist"]]])
