"""What others have put into the caches, what other settings made, and what is there no more."""

from __future__ import annotations

import os
import pickle
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio

from lidarrmetadata.cache import codec
from tests.api.watched import (
    WATCHED,
    catalogue_of,
    services_of,
    settled,
    shared_seconds,
)
from tests.api.watched import home as home
from tests.catalogue.edge_cases import ADA, ADA_MERGED, BEN, INKWELL
from tests.clock import START, ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.changing import Place
    from tests.conftest import MakeClient

LATER = datetime(2999, 1, 1, tzinfo=UTC)
NO_SUCH = "00000000-0000-4000-8000-000000000000"


class Harmful:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)


@pytest.fixture
async def client_of_redis(redis_url: str) -> Any:
    client = redis.asyncio.Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


def watched(home: Place, redis_url: str = "") -> dict[str, Any]:
    return {**home.settings(redis_url), "PROVIDERS": [WATCHED]}


async def plant(home: Place, value: bytes, kind: str = "artist", mbid: str = ADA) -> None:
    await home.keeper.execute(
        f"INSERT INTO lidarrmetadata_cache.{kind} (key, expires, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (key) DO UPDATE SET expires = $2, value = $3",
        mbid,
        LATER,
        value,
    )


async def test_a_pickle_that_would_run_code_is_refused_counted_logged_and_made_good(
    client_of: MakeClient,
    home: Place,
    redis_url: str,
    client_of_redis: redis.asyncio.Redis,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = tmp_path / "made by a pickle"
    harm = zlib.compress(pickle.dumps(Harmful(made)))
    # It does what it is feared to do.
    pickle.loads(zlib.decompress(harm))  # noqa: S301
    made.rmdir()

    first = await client_of(**watched(home, redis_url))
    artist = await first.artist(ADA)
    await settled(first)
    await plant(home, harm)
    expires = int((LATER - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1))
    name = f"lm3.7:artist:{ADA}"
    await client_of_redis.set(name, struct.pack(">q", expires) + harm)

    server = await client_of(**watched(home, redis_url))
    assert await server.artist(ADA) == artist
    assert not made.exists()
    for store in ("redis", "postgres"):
        assert f"event=cache_undecodable store={store} table=artist" in caplog.text
    assert "names posix.mkdir" in caplog.text
    stores = [tier.store for tier in services_of(server).store._tiers]
    assert [getattr(store, "undecodable", 0) for store in stores] == [0, 1, 1]
    assert catalogue_of(server).asked == [ADA]
    await settled(server)
    for value in (
        (await client_of_redis.get(name))[8:],
        await home.keeper.fetchval(
            "SELECT value FROM lidarrmetadata_cache.artist WHERE key = $1", ADA
        ),
    ):
        assert codec.decode(value)["document"] == artist


@pytest.mark.parametrize(("kind", "mbid"), [("artist", ADA), ("album", INKWELL)])
@pytest.mark.parametrize(
    "value",
    [
        {"document": 5},
        {"document": {"id": "x"}},
        {"document": {"id": "its own"}},
        {"document": {"id": "its own", "artistname": 5, "title": {}, "images": "no", "Albums": 7}},
        {"document": {"id": "its own", "artistname": "A", "title": "A", "artists": {"id": None}}},
        {"document": [1]},
        {"moved": "its own"},
        {"moved": "x"},
        [1, 2],
        "a string",
        5,
        0.0,
        datetime(2026, 1, 1, tzinfo=UTC),
    ],
)
async def test_a_wrong_value_is_made_anew(
    client_of: MakeClient, home: Place, kind: str, mbid: str, value: Any
) -> None:
    first = await client_of(**watched(home))
    right = await (await first.get(f"/{kind}/{mbid}")).get_json()
    await settled(first)
    await plant(home, codec.encode(_own(value, mbid)), kind, mbid)
    server = await client_of(**watched(home))
    answer = await server.get(f"/{kind}/{mbid}")
    assert answer.status_code == 200
    assert await answer.get_json() == right
    assert catalogue_of(server).asked == [mbid]


def _own(value: Any, mbid: str) -> Any:
    """The value with the id in the place of the words for it."""
    if isinstance(value, dict):
        return {key: _own(one, mbid) for key, one in value.items()}
    return mbid if value == "its own" else value


@pytest.mark.parametrize(
    "other",
    [
        {"UNKNOWN_RELEASE_STATUS": "hide"},
        {"IMAGE_CACHE_URL": "https://images.example"},
        {"OVERVIEW_LANGUAGES": ["de"]},
    ],
)
async def test_what_other_settings_have_made_is_made_anew_or_served_as_it_is(
    client_of: MakeClient, home: Place, other: dict[str, Any]
) -> None:
    first = await client_of(**watched(home))
    artist = await first.artist(ADA)
    await settled(first)
    changed = await client_of(**watched(home), **other)
    same = await client_of(**watched(home))
    async with home.without_catalogue():
        answer = await changed.get(f"/artist/{ADA}")
        assert await answer.get_json() == artist
        assert shared_seconds(answer) <= 300
        assert await same.artist(ADA) == artist
    await changed.artist(ADA)
    await settled(changed)
    await changed.artist(ADA)
    assert len(catalogue_of(changed).asked) == 2  # once in vain
    assert catalogue_of(same).asked == []


async def test_releases_without_status_are_gone_when_the_setting_says_so(
    client_of: MakeClient, home: Place
) -> None:
    first = await client_of(**watched(home), UNKNOWN_RELEASE_STATUS="Official")
    shown = await first.artist(ADA)
    await settled(first)
    second = await client_of(**watched(home), UNKNOWN_RELEASE_STATUS="hide")
    hidden = await second.artist(ADA)
    assert [a["ReleaseStatuses"] for a in hidden["Albums"]] != [
        a["ReleaseStatuses"] for a in shown["Albums"]
    ]


async def test_what_the_catalogue_has_no_longer_is_gone_everywhere_for_a_while(
    client_of: MakeClient, home: Place
) -> None:
    clock = ManualClock()
    one, other = [await client_of(clock, **watched(home)) for _ in range(2)]
    for server in (one, other):
        for mbid in (ADA, ADA_MERGED):
            await server.artist(mbid)
            await settled(server)
    await home.editor.execute("DELETE FROM artist_gid_redirect WHERE gid = $1", ADA_MERGED)
    await home.editor.execute("UPDATE artist SET gid = $1 WHERE gid = $2", NO_SUCH, ADA)
    await services_of(one).documents.expire("artist", [ADA])
    for path in (f"/artist/{ADA}", f"/artist/{ADA}?primTypes=EP", f"/artist/{ADA_MERGED}"):
        answer = await one.get(path)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "public, s-maxage=300, max-age=0"

    async def is_gone_there() -> bool:
        return (await other.get(f"/artist/{ADA}")).status_code == 404

    await eventually(is_gone_there)
    (row,) = await home.keeper.fetch(
        "SELECT expires, value FROM lidarrmetadata_cache.artist WHERE key = $1", ADA
    )
    assert codec.decode(row["value"]) is None
    assert timedelta(0) < row["expires"] - START <= timedelta(minutes=5)

    await home.editor.execute("UPDATE artist SET gid = $1 WHERE gid = $2", ADA, NO_SUCH)
    assert (await one.get(f"/artist/{ADA}")).status_code == 404
    await clock.forward(minutes=5)
    assert (await one.artist(ADA))["id"] == ADA


async def test_what_never_was_leaves_nothing_behind(client_of: MakeClient, home: Place) -> None:
    server = await client_of(**watched(home))
    await server.artist(BEN)
    for _ in range(2):
        assert (await server.get(f"/artist/{NO_SUCH}")).status_code == 404
        await settled(server)
    assert await home.kept("artist") == {BEN}
    assert catalogue_of(server).asked == [BEN, NO_SUCH, NO_SUCH]
