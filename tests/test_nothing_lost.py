"""Every audible track of every release reaches Lidarr, and Lidarr keeps it.

What Lidarr keeps is worked out here from its rules; what there is, from the database in the
plainest of queries. Neither uses a line of the server's own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lidarrmetadata.contract import violations

if TYPE_CHECKING:
    from tests.conftest import MakeClient
    from tests.dumps import Database

# Media that Lidarr has no use for. DVD-Audio and the like it keeps.
DROPPED = ["DVD", "DVD-Video", "Blu-ray", "HD-DVD", "VCD", "SVCD", "UMD", "VHS"]

AUDIBLE = """
SELECT release_group.gid::text AS album, release.gid::text AS release, track.gid::text AS track
  FROM musicbrainz.release_group, musicbrainz.release, musicbrainz.medium, musicbrainz.track,
       musicbrainz.recording
 WHERE release.release_group = release_group.id AND medium.release = release.id
   AND track.medium = medium.id AND recording.id = track.recording
   AND NOT recording.video AND NOT track.is_data_track
   AND NOT EXISTS (SELECT FROM musicbrainz.medium_format
                    WHERE medium_format.id = medium.format AND medium_format.name = ANY ($1))
"""


async def audible(database: Database) -> dict[str, dict[str, set[str]]]:
    connection = await asyncpg.connect(**database)
    try:
        rows = await connection.fetch(AUDIBLE, DROPPED)
    finally:
        await connection.close()
    albums: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        albums[row["album"]][row["release"]].add(row["track"])
    return albums


def kept(album: Any) -> dict[str, set[str]]:
    """What Lidarr makes of an answer: releases with the tracks that are on a medium it keeps."""
    releases = {}
    for release in album["Releases"]:
        media = {m["Position"] for m in release["Media"] if m["Format"] not in DROPPED}
        tracks = {t["Id"] for t in release["Tracks"] if t["MediumNumber"] in media}
        if tracks:
            releases[release["Id"]] = tracks
    return releases


CATALOGUES = {
    "edge_catalogue": 20,
    "dump_test": 55,
    "dump_real": 26,
    "synthetic_catalogue": 2000,
}


@pytest.fixture(params=CATALOGUES)
def catalogue(request: pytest.FixtureRequest) -> tuple[Database, int]:
    """A database and how many albums with audible tracks it holds at least."""
    return request.getfixturevalue(request.param), CATALOGUES[request.param]


async def test_lidarr_keeps_every_audible_track_of_every_release(
    client_of: MakeClient, catalogue: tuple[Database, int]
) -> None:
    database, least = catalogue
    client = await client_of(DATABASE=database)
    albums = await audible(database)
    assert len(albums) >= least
    for mbid, releases in albums.items():
        body = await (await client.get(f"/album/{mbid}")).get_data()
        assert violations("album", body) == []
        assert kept(json.loads(body)) == releases
