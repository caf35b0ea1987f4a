"""Whether a database can be trusted to answer: right schema, whole, and with its data in it.

MusicBrainz changes its schema every year, an import takes hours, and Lidarr deletes what it is told
does not exist. So before a database is believed, and again before it may say "no such thing", it is
looked over.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.mixins import Vintage
from lidarrmetadata.provider.musicbrainz.vocabulary import Vocabulary
from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg.pool import PoolConnectionProxy

    from lidarrmetadata.provider.musicbrainz.rows import Row

log = logging.getLogger(__name__)

KNOWN_SCHEMAS = range(30, 33)  # sequences this code was written for and the one announced next

COLUMNS = {
    "artist": "id gid name sort_name comment ended type",
    "artist_alias": "id artist name sort_name locale type primary_for_locale",
    "artist_credit_name": "artist_credit position artist",
    "artist_gid_redirect": "gid new_id",
    "artist_meta": "id rating rating_count",
    "artist_tag": "artist tag count",
    "artist_type": "id name",
    "tag": "id name",
    "genre": "name",
    "link": "id ended",
    "url": "id url",
    "l_artist_url": "link entity0 entity1",
    "l_release_group_url": "link entity0 entity1",
    "release_group": "id gid name artist_credit type comment",
    "release_group_alias": "id release_group name primary_for_locale",
    "release_group_gid_redirect": "gid new_id",
    "release_group_meta": "id first_release_date_year first_release_date_month"
    " first_release_date_day rating rating_count",
    "release_group_primary_type": "id name",
    "release_group_secondary_type": "id name",
    "release_group_secondary_type_join": "release_group secondary_type",
    "release_group_tag": "release_group tag count",
    "release": "id gid name release_group status comment",
    "release_country": "release country date_year date_month date_day",
    "release_unknown_country": "release date_year date_month date_day",
    "release_gid_redirect": "gid new_id",
    "release_label": "release label",
    "release_status": "id name",
    "label": "id name ended",
    "area": "id name",
    "medium": "id release position format name",
    "medium_format": "id name",
    "track": "id gid recording medium position number name artist_credit length is_data_track",
    "track_gid_redirect": "gid new_id",
    "recording": "id gid video",
    "recording_gid_redirect": "gid new_id",
    "replication_control": "current_schema_sequence last_replication_date",
    "cover_art_archive.art_type": "id name",
    "cover_art_archive.cover_art": "id release ordering",
    "cover_art_archive.cover_art_type": "id type_id",
    "cover_art_archive.release_group_cover_art": "release_group release",
}

# Columns a look-up goes by. An import makes indexes last: one that is missing tells an import that
# is not finished, and without it every request would read the whole table.
INDEXED = {
    "artist": "id gid",
    "artist_alias": "artist",
    "artist_credit_name": "artist_credit artist",
    "artist_gid_redirect": "gid new_id",
    "artist_meta": "id",
    "artist_tag": "artist",
    "tag": "id",
    "url": "id",
    "l_artist_url": "entity0",
    "l_release_group_url": "entity0",
    "release_group": "id gid artist_credit",
    "release_group_alias": "release_group",
    "release_group_gid_redirect": "gid new_id",
    "release_group_meta": "id",
    "release_group_secondary_type_join": "release_group",
    "release_group_tag": "release_group",
    "release": "release_group",
    "release_country": "release",
    "release_unknown_country": "release",
    "release_gid_redirect": "new_id",
    "release_label": "release",
    "medium": "release",
    "track": "medium",
    "track_gid_redirect": "new_id",
    "recording": "id",
    "recording_gid_redirect": "new_id",
    "cover_art_archive.cover_art": "release",
    "cover_art_archive.cover_art_type": "id",
    "cover_art_archive.release_group_cover_art": "release_group",
}

_NAMED = 3  # problems that an error names; the rest is counted
_SAMPLE = "sample"
_COMPLETE = "complete"


@dataclass(frozen=True)
class Catalogue:
    """A database that has been looked over.

    `complete` is false for one that holds a selection on purpose. `files` is the state of its
    tables' files: other files may hold another catalogue, or half of one. `folded` says whether
    names are found whatever their spelling.
    """

    vintage: Vintage
    words: Vocabulary
    complete: bool
    files: str
    folded: bool


async def current_files(connection: PoolConnectionProxy) -> str:
    """The state of the tables' files. Waits for nobody's lock."""
    return str(await connection.fetchval(statement("musicbrainz/files")))


async def look_over(connection: PoolConnectionProxy) -> Catalogue:
    """The catalogue behind a connection.

    Inside a transaction that sees one snapshot, what it finds holds for the answers of that
    transaction too. Raises `ProviderUnavailable`, which names what is amiss and its cure.
    """
    files = await current_files(connection)
    problems = list(_problems(await connection.fetch(statement("musicbrainz/columns"))))
    if problems:
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise ProviderUnavailable(
            f"the MusicBrainz database is not ready: {'; '.join(problems[:_NAMED])}{more}. "
            "Is its import still running, or does its schema want an upgrade?"
        )
    state = await connection.fetchrow(statement("musicbrainz/state"))
    if state is None or state["empty"]:
        raise ProviderUnavailable(
            "the MusicBrainz database holds no data yet: wait for its import, or start one"
        )
    complete = not state["ours"] or await _complete(connection)
    sequence = state["current_schema_sequence"]
    if sequence not in KNOWN_SCHEMAS:
        log.warning(
            "event=schema_unknown sequence=%s known=%s-%s cure='look for an update of this server'",
            sequence,
            KNOWN_SCHEMAS[0],
            KNOWN_SCHEMAS[-1],
        )
    return Catalogue(
        vintage=Vintage(sequence, state["last_replication_date"]),
        words=Vocabulary(await connection.fetch(statement("musicbrainz/vocabulary"))),
        complete=complete,
        files=files,
        folded=state["folded"],
    )


def _problems(tables: Iterable[Row]) -> Iterable[str]:
    found = {table["name"]: table for table in tables}
    for name, wanted in COLUMNS.items():
        table = found.get(name)
        if table is None:
            yield f"there is no table {name}"
            continue
        if missing := set(wanted.split()).difference(table["columns"]):
            yield f"table {name} has no column {', '.join(sorted(missing))}"
        if missing := set(INDEXED.get(name, "").split()).difference(table["indexed"]):
            yield f"table {name} has no index on {', '.join(sorted(missing))}"


async def _complete(connection: PoolConnectionProxy) -> bool:
    own = await connection.fetchrow(statement("musicbrainz/own_catalogue"))
    if own is None or own["state"] != _COMPLETE:
        raise ProviderUnavailable(
            "the MusicBrainz database is being loaded: wait for it to finish, or start it again"
        )
    return bool(own["kind"] != _SAMPLE)
