"""What changed: every table a document is made of, and nobody whom it does not concern."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.musicbrainz.changes import changes
from tests import dumps
from tests.catalogue import edge_cases as edge
from tests.catalogue.databases import passing_database
from tests.catalogue.entities import mbid_of
from tests.eventually import eventually
from tests.provider.musicbrainz.conftest import locked, operator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from lidarrmetadata.embedded import PostgresAddress
    from lidarrmetadata.provider.mixins import Changes
    from lidarrmetadata.provider.musicbrainz.database import MusicbrainzDbProvider
    from tests.dumps import Database
    from tests.provider.musicbrainz.conftest import ProviderOf

TEMPLATE = "changes_template"
OVERLAP = timedelta(hours=2)
BEFORE = "2026-01-01Z"

OLD = "00000000-0000-4000-8000-000000000001"
FRESH = "00000000-0000-4000-8000-000000000002"
CLEO, CLEO_MERGED = mbid_of("artist", "Cleo Ampersand"), mbid_of("artist", "C. Ampersand")

ADA = {edge.ADA, edge.ADA_MERGED}
BEN = {edge.BEN}
BENS = {edge.TOGETHER, edge.LIVE_COMPILATION}
INKWELL = {edge.INKWELL, edge.INKWELL_MERGED}

Ids = set[str]


def row(table: str, mbid: str) -> str:
    return f"(SELECT id FROM {table} WHERE gid = '{mbid}')"


BEN_ROW = row("artist", edge.BEN)
INK_ROW = row("release_group", edge.INKWELL)
INK_RELEASE = f"(SELECT id FROM release WHERE release_group = {INK_ROW})"
LIVE_RELEASE = (
    f"(SELECT id FROM release WHERE release_group = {row('release_group', edge.LIVE_COMPILATION)})"
)
INK_MEDIUM = f"(SELECT id FROM medium WHERE release = {INK_RELEASE})"

# What only one artist or album has, for changes to concern no other.
OWN = f"""
INSERT INTO tag (id, name) VALUES (901, 'slow'), (902, 'inky');
INSERT INTO artist_tag (artist, tag, count, last_updated) VALUES ({BEN_ROW}, 901, 1, '{BEFORE}');
INSERT INTO release_group_tag (release_group, tag, count, last_updated)
     VALUES ({INK_ROW}, 902, 1, '{BEFORE}');
INSERT INTO url (id, gid, url, last_updated)
     VALUES (901, '{OLD}', 'https://ben.test', '{BEFORE}'),
            (902, '{FRESH}', 'https://ink.test', '{BEFORE}');
INSERT INTO link (id, link_type, created) VALUES (901, 1, '{BEFORE}'), (902, 1, '{BEFORE}');
INSERT INTO l_artist_url (id, link, entity0, entity1, last_updated)
     VALUES (901, 901, {BEN_ROW}, 901, '{BEFORE}');
INSERT INTO l_release_group_url (id, link, entity0, entity1, last_updated)
     VALUES (901, 902, {INK_ROW}, 902, '{BEFORE}');
INSERT INTO area (id, gid, name, last_updated) VALUES (901, '{OLD}', 'Inkland', '{BEFORE}');
INSERT INTO release_country (release, country, date_year) VALUES ({INK_RELEASE}, 901, 2003);
INSERT INTO label (id, gid, name, last_updated) VALUES (901, '{OLD}', 'Blot', '{BEFORE}');
INSERT INTO release_label (id, release, label, last_updated)
     VALUES (901, {INK_RELEASE}, 901, '{BEFORE}');
INSERT INTO cover_art_archive.cover_art (id, release, edit, ordering, mime_type, date_uploaded)
     VALUES (901, {INK_RELEASE}, 1, 1, 'image/jpeg', '{BEFORE}');
"""

# (what changes, how MusicBrainz writes it, artists, albums)
CHANGES: list[tuple[str, str, Ids, Ids]] = [
    # Artists, and with them the albums credited to them.
    (
        "an artist's name",
        f"UPDATE artist SET name = 'B', last_updated = now() WHERE gid = '{edge.BEN}'",
        BEN,
        BENS,
    ),
    (
        "an artist that took in another",
        f"INSERT INTO artist_gid_redirect VALUES ('{OLD}', {BEN_ROW}, now())",
        {*BEN, OLD},
        BENS,
    ),
    (
        "an artist that took in one that had taken in another before",
        f"UPDATE artist_gid_redirect SET new_id = {BEN_ROW} WHERE gid = '{edge.ADA_MERGED}'",
        {*BEN, edge.ADA_MERGED},
        BENS,
    ),
    (
        "an artist's alias",
        "INSERT INTO artist_alias (id, artist, name, sort_name, last_updated)"
        f" VALUES (901, {BEN_ROW}, 'B', 'B', now())",
        BEN,
        BENS,
    ),
    (
        "an artist's genre by votes",
        f"UPDATE artist_tag SET count = 7, last_updated = now() WHERE artist = {BEN_ROW}",
        BEN,
        BENS,
    ),
    (
        "a tag of an artist that becomes a genre",
        f"INSERT INTO genre (id, gid, name, last_updated) VALUES (901, '{OLD}', 'Slow', now())",
        BEN,
        BENS,
    ),
    ("the name of an artist's tag", "UPDATE tag SET name = 'fast' WHERE id = 901", BEN, BENS),
    (
        "an artist's rating",
        f"UPDATE artist_meta SET rating = 9, rating_count = 9 WHERE id = {BEN_ROW}",
        BEN,
        BENS,
    ),
    (
        "an artist's link",
        "UPDATE l_artist_url SET link = 902, last_updated = now() WHERE id = 901",
        BEN,
        BENS,
    ),
    (
        "the address an artist's link leads to",
        "UPDATE url SET url = 'https://b.test', last_updated = now() WHERE id = 901",
        BEN,
        BENS,
    ),
    ("an artist's link that ended", "UPDATE link SET ended = true WHERE id = 901", BEN, BENS),
    (
        "Various Artists, whose albums are too many to concern",
        "UPDATE artist SET comment = '', last_updated = now()"
        f" WHERE gid = '{edge.VARIOUS_ARTISTS}'",
        {edge.VARIOUS_ARTISTS},
        set(),
    ),
    # Albums as their artists' pages list them.
    (
        "an album's title",
        f"UPDATE release_group SET name = 'I', last_updated = now() WHERE gid = '{edge.INKWELL}'",
        ADA,
        INKWELL,
    ),
    (
        "the title of an album by two",
        f"UPDATE release_group SET name = 'T', last_updated = now() WHERE gid = '{edge.TOGETHER}'",
        ADA | BEN,
        {edge.TOGETHER},
    ),
    (
        "the title of an album by Various Artists, who list none",
        "UPDATE release_group SET name = 'E', last_updated = now()"
        f" WHERE gid = '{edge.COMPILATION}'",
        set(),
        {edge.COMPILATION},
    ),
    (
        "an album that took in another",
        f"INSERT INTO release_group_gid_redirect VALUES ('{OLD}', {INK_ROW}, now())",
        ADA,
        {*INKWELL, OLD},
    ),
    (
        "an album's date",
        f"UPDATE release_group_meta SET first_release_date_year = 2002 WHERE id = {INK_ROW}",
        ADA,
        INKWELL,
    ),
    (
        "an album's rating",
        f"UPDATE release_group_meta SET rating = 9 WHERE id = {INK_ROW}",
        ADA,
        INKWELL,
    ),
    (
        "an album's secondary type",
        "INSERT INTO release_group_secondary_type_join (release_group, secondary_type, created)"
        f" VALUES ({INK_ROW}, 1, now())",
        ADA,
        INKWELL,
    ),
    (
        "the artist an album is credited to",
        f"UPDATE artist_credit_name SET artist = {row('artist', CLEO)} WHERE artist_credit ="
        f" (SELECT artist_credit FROM release_group WHERE gid = '{edge.LIVE_COMPILATION}')",
        {CLEO, CLEO_MERGED},
        {edge.LIVE_COMPILATION},
    ),
    (
        "a release's status",
        f"UPDATE release SET status = 2, last_updated = now() WHERE id = {INK_RELEASE}",
        ADA,
        INKWELL,
    ),
    (
        "a new release",
        "INSERT INTO release (id, gid, name, artist_credit, release_group, last_updated)"
        f" SELECT 901, '{OLD}', 'I', artist_credit, id, now() FROM release_group"
        f" WHERE gid = '{edge.INKWELL}'",
        ADA,
        INKWELL,
    ),
    # Albums as only their own documents show them.
    (
        "an album's alias",
        "INSERT INTO release_group_alias (id, release_group, name, sort_name, last_updated)"
        f" VALUES (901, {INK_ROW}, 'I', 'I', now())",
        set(),
        INKWELL,
    ),
    (
        "an album's genre by votes",
        "UPDATE release_group_tag SET count = 7, last_updated = now() WHERE tag = 902",
        set(),
        INKWELL,
    ),
    (
        "a tag of an album that becomes a genre",
        f"INSERT INTO genre (id, gid, name, last_updated) VALUES (901, '{OLD}', 'inky', now())",
        set(),
        INKWELL,
    ),
    ("the name of an album's tag", "UPDATE tag SET name = 'ink' WHERE id = 902", set(), INKWELL),
    (
        "an album's link",
        "UPDATE l_release_group_url SET link = 901, last_updated = now() WHERE id = 901",
        set(),
        INKWELL,
    ),
    (
        "the address an album's link leads to",
        "UPDATE url SET url = 'https://i.test', last_updated = now() WHERE id = 902",
        set(),
        INKWELL,
    ),
    ("an album's link that ended", "UPDATE link SET ended = true WHERE id = 902", set(), INKWELL),
    (
        "the cover chosen for an album",
        f"INSERT INTO cover_art_archive.release_group_cover_art VALUES ({INK_ROW}, {INK_RELEASE})",
        set(),
        INKWELL,
    ),
    (
        "a release that took in another",
        f"INSERT INTO release_gid_redirect VALUES ('{OLD}', {INK_RELEASE}, now())",
        set(),
        INKWELL,
    ),
    (
        "the date of a release in a country",
        "UPDATE release_country SET date_month = 5 WHERE country = 901",
        set(),
        INKWELL,
    ),
    (
        "the date of a release somewhere",
        f"INSERT INTO release_unknown_country VALUES ({LIVE_RELEASE}, 2002)",
        set(),
        {edge.LIVE_COMPILATION},
    ),
    (
        "the name of a country",
        "UPDATE area SET name = 'Inkistan', last_updated = now() WHERE id = 901",
        set(),
        INKWELL,
    ),
    (
        "the label of a release",
        "INSERT INTO release_label (id, release, label, last_updated)"
        f" VALUES (902, {LIVE_RELEASE}, 901, now())",
        set(),
        {edge.LIVE_COMPILATION},
    ),
    (
        "a label's name",
        "UPDATE label SET name = 'Blotch', last_updated = now() WHERE id = 901",
        set(),
        INKWELL,
    ),
    (
        "a new image",
        "INSERT INTO cover_art_archive.cover_art"
        " (id, release, edit, ordering, mime_type, date_uploaded)"
        f" VALUES (902, {LIVE_RELEASE}, 1, 1, 'image/jpeg', now())",
        set(),
        {edge.LIVE_COMPILATION},
    ),
    (
        "the order of images",
        "UPDATE cover_art_archive.cover_art SET ordering = 2 WHERE id = 901",
        set(),
        INKWELL,
    ),
    (
        "what an image shows",
        "INSERT INTO cover_art_archive.cover_art_type VALUES (901, 1)",
        set(),
        INKWELL,
    ),
    (
        "a medium's name",
        f"UPDATE medium SET name = 'M', last_updated = now() WHERE id = {INK_MEDIUM}",
        set(),
        INKWELL,
    ),
    (
        "a track's name",
        f"UPDATE track SET name = 'F', last_updated = now() WHERE gid = '{edge.FIRST_DRAFT}'",
        set(),
        INKWELL,
    ),
    (
        "a track that took in another",
        f"INSERT INTO track_gid_redirect VALUES ('{OLD}', {row('track', edge.FIRST_DRAFT)}, now())",
        set(),
        INKWELL,
    ),
    (
        "a recording that turns out to be a video",
        "UPDATE recording SET video = true, last_updated = now()"
        f" WHERE gid = '{edge.FIRST_DRAFT_RECORDING}'",
        set(),
        INKWELL,
    ),
    (
        "a recording that took in another",
        "INSERT INTO recording_gid_redirect"
        f" VALUES ('{OLD}', {row('recording', edge.FIRST_DRAFT_RECORDING)}, now())",
        set(),
        INKWELL,
    ),
    # What nobody can see.
    (
        "a name without a time at which it changed",
        f"UPDATE artist SET name = 'B', last_updated = NULL WHERE gid = '{edge.BEN}'",
        set(),
        set(),
    ),
    ("a series", "UPDATE series SET name = 'S', last_updated = now()", set(), set()),
    (
        "the age of the data",
        "UPDATE replication_control SET last_replication_date = now()",
        set(),
        set(),
    ),
]

WITHOUT_TIME = [change for change in CHANGES if "now()" not in change[1] and change[3]]


@pytest.fixture(scope="module")
def template(postgres: PostgresAddress) -> PostgresAddress:
    async def fill(connection: asyncpg.Connection) -> None:
        await edge.edge_cases().write(connection)
        await connection.execute(f"SET search_path = musicbrainz; {OWN}")

    dumps.create(postgres, TEMPLATE, fill)
    return postgres


@pytest.fixture
async def database(template: PostgresAddress) -> AsyncIterator[Database]:
    """A catalogue of the test's own."""
    made_from = f"TEMPLATE {TEMPLATE}"
    async with (
        operator(dumps.at(template, "postgres")) as connection,
        passing_database(connection, made_from) as name,
    ):
        yield dumps.at(template, name)


@pytest.fixture
async def provider(provider_of: ProviderOf, database: Database) -> MusicbrainzDbProvider:
    return await provider_of(database)


@pytest.fixture
async def editor(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with operator(database) as connection:
        yield connection


async def moment(editor: asyncpg.Connection) -> datetime:
    """Now, as `since`: less the overlap it is the moment itself."""
    now = await editor.fetchval("SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now + OVERLAP


def told(changes: Changes) -> tuple[Ids, Ids]:
    assert not changes.everything
    return set(changes.artists), set(changes.albums)


async def assert_nothing_is_told_twice(
    provider: MusicbrainzDbProvider, since: datetime, mark: str
) -> None:
    """But for what was written beside a transaction that is still open, as a vacuum's may be."""

    async def nothing_is_left() -> bool:
        nonlocal mark
        changes = await provider.changes(since, mark)
        mark = changes.mark
        return told(changes) == (set(), set())

    await eventually(nothing_is_left)


@pytest.mark.parametrize(
    ("how", "artists", "albums"),
    [change[1:] for change in CHANGES],
    ids=[change[0] for change in CHANGES],
)
async def test_whom_a_change_concerns(
    provider: MusicbrainzDbProvider,
    editor: asyncpg.Connection,
    how: str,
    artists: Ids,
    albums: Ids,
) -> None:
    since = await moment(editor)
    before = await provider.changes(since, "")
    assert told(before) == (set(), set())
    assert told(await provider.changes(since, before.mark)) == (set(), set())
    await editor.execute(how)
    after = await provider.changes(since, before.mark)
    assert told(after) == (artists, albums)
    await assert_nothing_is_told_twice(provider, await moment(editor), after.mark)


@pytest.mark.parametrize("how", [c[1] for c in WITHOUT_TIME], ids=[c[0] for c in WITHOUT_TIME])
async def test_what_has_no_time_of_change_is_told_without_one_and_only_by_a_mark(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection, how: str
) -> None:
    since = await moment(editor)
    mark = (await provider.changes(since, "")).mark
    await editor.execute(how)
    assert told(await provider.changes(since, "")) == (set(), set())
    after = await provider.changes(since, mark)
    assert after.albums
    assert {*after.artists.values(), *after.albums.values()} == {None}


async def test_what_has_a_time_of_change_is_told_with_it_and_the_latest_counts(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection
) -> None:
    since = await moment(editor)
    mark = (await provider.changes(since, "")).mark
    first, last = since - timedelta(hours=1), since
    await editor.execute(f"UPDATE artist SET last_updated = '{first}' WHERE gid = '{edge.BEN}'")
    await editor.execute(
        f"UPDATE release_group SET last_updated = '{last}' WHERE gid = '{edge.TOGETHER}'"
    )
    await editor.execute(f"UPDATE artist_meta SET rating = 3 WHERE id = {BEN_ROW}")
    after = await provider.changes(since, mark)
    assert after.artists == {edge.BEN: last, edge.ADA: last, edge.ADA_MERGED: last}
    assert after.albums == {edge.TOGETHER: last, edge.LIVE_COMPILATION: first}


async def test_a_mirror_may_be_two_hours_behind(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection
) -> None:
    now = await editor.fetchval("SELECT now()")
    for hours, found in ((1.9, BEN), (2.1, set())):
        at = now - timedelta(hours=hours)
        await editor.execute(f"UPDATE artist SET last_updated = '{at}' WHERE gid = '{edge.BEN}'")
        assert told(await provider.changes(now, ""))[0] == found


async def test_a_transaction_that_ends_after_the_mark_was_made_is_found_by_it(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection, database: Database
) -> None:
    since = await moment(editor)
    async with editor.transaction():
        await editor.execute(f"UPDATE artist_meta SET rating = 3 WHERE id = {BEN_ROW}")
        async with operator(database) as other:  # younger, and over sooner
            await other.execute(f"UPDATE release_group_meta SET rating = 3 WHERE id = {INK_ROW}")
        before = await provider.changes(since, "")
    after = await provider.changes(since, before.mark)
    assert told(after)[0] >= BEN
    assert told(await provider.changes(since, after.mark)) == (set(), set())


@pytest.mark.parametrize(
    "how",
    [
        "INSERT INTO medium_format (id, name, gid) VALUES (901, 'Wax', gen_random_uuid())",
        "UPDATE release_status SET name = 'Unofficial' WHERE id = 3",
        "VACUUM FULL track",
        "CREATE TABLE other (LIKE artist INCLUDING ALL); INSERT INTO other TABLE artist;"
        "ALTER TABLE artist RENAME TO gone; ALTER TABLE other RENAME TO artist",
    ],
    ids=["a new word", "a changed word", "a table laid down anew", "a table replaced"],
)
async def test_everything_may_have_changed(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection, how: str
) -> None:
    since = await moment(editor)
    before = await provider.changes(since, "")
    await editor.execute(how)
    after = await provider.changes(since, before.mark)
    assert after.everything
    assert told(await provider.changes(since, after.mark)) == (set(), set())


async def test_a_mark_of_another_catalogue_or_a_later_state_of_this_one_means_everything(
    provider: MusicbrainzDbProvider,
    editor: asyncpg.Connection,
    edge_catalogue: Database,
    provider_of: ProviderOf,
) -> None:
    since = await moment(editor)
    low, _, files = (await provider.changes(since, "")).mark.partition(" ")
    other = await (await provider_of(edge_catalogue)).changes(since, "")
    for mark in (other.mark, f"{int(low) + 1000} {files}", f"{int(low) - 2**32} {files}", "?"):
        assert (await provider.changes(since, mark)).everything


async def test_more_than_is_worth_listing_is_everything(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection
) -> None:
    since = await moment(editor)
    await editor.execute(
        f"UPDATE release_group SET last_updated = now() WHERE gid = '{edge.INKWELL}'"
    )
    ids = len(ADA | INKWELL)

    async def found(most: int) -> Any:
        async with editor.transaction(isolation="repeatable_read", readonly=True):
            return await changes(editor, "", since, "", most)

    assert (await found(ids - 1)).everything
    assert told(await found(ids)) == (ADA, INKWELL)


async def test_only_one_connection_looks_for_changes_however_many_ask(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection
) -> None:
    since = await moment(editor)
    await asyncio.gather(*(provider.changes(since, "") for _ in range(5)))
    assert provider._pool is not None
    assert provider._pool.get_size() == 1


async def test_documents_keep_the_time_limit_of_their_own(
    provider_of: ProviderOf, database: Database, editor: asyncpg.Connection
) -> None:
    provider = await provider_of(database, DATABASE_POOL_MAX=1, MUSICBRAINZ_TIMEOUT=0.3)
    await provider.changes(await moment(editor), "")
    async with locked(database, "release"):
        with pytest.raises(ProviderUnavailable, match="statement timeout"):
            await provider.albums([edge.INKWELL])


async def test_a_locked_table_makes_changes_unavailable_and_not_incomplete(
    provider: MusicbrainzDbProvider, editor: asyncpg.Connection, database: Database
) -> None:
    since = await moment(editor)
    mark = (await provider.changes(since, "")).mark
    async with locked(database, "track"):
        with pytest.raises(ProviderUnavailable):
            await provider.changes(since, mark)


async def test_a_large_catalogue_is_looked_through_in_seconds(
    provider_of: ProviderOf, synthetic_catalogue: Database
) -> None:
    provider = await provider_of(synthetic_catalogue)
    async with operator(synthetic_catalogue) as editor, asyncio.timeout(20):
        since = await moment(editor)
        mark = (await provider.changes(since, "")).mark
        assert told(await provider.changes(since, mark)) == (set(), set())
        everybody = await provider.changes(datetime.fromisoformat("1999-01-01T00:00Z"), "")
        artists = await editor.fetch("SELECT gid::text FROM artist")
    assert {artist["gid"] for artist in artists} <= set(everybody.artists)
