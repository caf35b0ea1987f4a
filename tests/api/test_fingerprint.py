"""Files identified by their sound: the album that fits best comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api.watched import services_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

LEAST, MOST = 8, 40  # tracks of the albums that are tried
MISSING, FOREIGN = 2, 3


@pytest.fixture
async def connection(dump_real: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**dump_real)  # type: ignore[arg-type]
    yield connection
    await connection.close()


@pytest.fixture
async def server(client_of: MakeClient, dump_real: Database) -> Client:
    return await client_of(DATABASE=dump_real)


async def albums(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Recordings of a release, by album: of each album that has some to go by."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (album) album, recordings
          FROM (SELECT release_group.gid::text AS album, release.id,
                       array_agg(DISTINCT recording.gid::text) AS recordings
                  FROM musicbrainz.release_group
                  JOIN musicbrainz.release ON release.release_group = release_group.id
                  JOIN musicbrainz.medium ON medium.release = release.id
                  JOIN musicbrainz.track ON track.medium = medium.id AND NOT track.is_data_track
                  JOIN musicbrainz.recording
                    ON recording.id = track.recording AND NOT recording.video
                 GROUP BY release_group.gid, release.id) AS releases
         WHERE cardinality(recordings) BETWEEN $1 AND $2
         ORDER BY album, id
        """,
        LEAST,
        MOST,
    )
    return {row["album"]: row["recordings"] for row in rows}


async def by_sound(server: Client, recordings: list[str]) -> list[Any]:
    response = await server.http.post("/search/fingerprint", json=recordings)
    assert response.status_code == 200, await response.get_data()
    hits: list[Any] = await response.get_json()
    return hits


def same(album: dict[str, Any], recordings: list[str]) -> bool:
    """Whether an album has a release with exactly these: two albums may."""
    return any(
        {track["RecordingId"] for track in release["Tracks"]} == set(recordings)
        for release in album["Releases"]
    )


async def test_the_recordings_of_an_album_give_that_album_first(
    server: Client, connection: asyncpg.Connection
) -> None:
    known = await albums(connection)
    assert len(known) > 10
    for mbid, recordings in known.items():
        (first, *_) = await by_sound(server, recordings)
        assert first["id"] == mbid or same(first, recordings)


async def test_some_that_are_missing_and_some_from_elsewhere_change_nothing(
    server: Client, connection: asyncpg.Connection
) -> None:
    known = await albums(connection)
    everything = list(known.values())
    for number, (mbid, recordings) in enumerate(known.items()):
        others = everything[(number + 1) % len(everything)]
        foreign = [one for one in others if one not in recordings][:FOREIGN]
        (first, *_) = await by_sound(server, [*recordings[MISSING:], *foreign])
        assert first["id"] == mbid or same(first, recordings)


async def test_merged_recordings_are_what_they_were_merged_into(
    server: Client, connection: asyncpg.Connection
) -> None:
    rows = await connection.fetch(
        """
        SELECT old.gid::text AS old, recording.gid::text AS current
          FROM musicbrainz.recording_gid_redirect AS old
          JOIN musicbrainz.recording ON recording.id = old.new_id
        """
    )
    old = {row["current"]: row["old"] for row in rows}
    merged = {
        mbid: recordings
        for mbid, recordings in (await albums(connection)).items()
        if old.keys() & set(recordings)
    }
    assert merged
    for mbid, recordings in merged.items():
        (first, *_) = await by_sound(server, [old.get(one, one) for one in recordings])
        assert first["id"] == mbid or same(first, recordings)


async def test_that_the_catalogue_is_down_is_no_empty_list(client_of: MakeClient) -> None:
    server = await client_of(DATABASE={"host": "127.0.0.1", "port": 1})
    response = await server.http.post(
        "/search/fingerprint", json=["9d26ebf9-d8f5-4d2c-b1a0-4d1e0d2f4b11"]
    )
    assert response.status_code == 503
    assert services_of(server).documents.under_way == 0
