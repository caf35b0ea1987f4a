"""What changes in the catalogue is found, made anew, and announced; nothing else is, or is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.app import create_app
from lidarrmetadata.settings import load_config
from tests.cache.conftest import locked as locked_in_cache
from tests.catalogue import edge_cases as edge
from tests.catalogue.entities import mbid_of
from tests.changing import Place, error_of, place, post, posted, recent
from tests.eventually import eventually
from tests.provider.musicbrainz.test_changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress
    from tests.conftest import Client, MakeClient
    from tests.internet import Internet
    from tests.internet.cloudflare import Cloudflare

CLEO = mbid_of("artist", "Cleo Ampersand")
CACHED = {
    "artist": {edge.ADA, edge.BEN, CLEO, edge.VARIOUS_ARTISTS, edge.SEA_CHOIR},
    "album": {edge.INKWELL, edge.TOGETHER, edge.LIVE_COMPILATION, edge.COMPILATION, edge.GUESTS},
}
# Of those that `tests/provider/musicbrainz/test_changes.py` has, one for each part of a document.
KINDS_OF_CHANGE = [
    "an artist's name",
    "an artist that took in another",
    "an artist's alias",
    "an artist's genre by votes",
    "an artist's rating",
    "an artist's link",
    "Various Artists, whose albums are too many to concern",
    "an album's title",
    "an album that took in another",
    "an album's rating",
    "the artist an album is credited to",
    "a release's status",
    "an album's alias",
    "an album's genre by votes",
    "an album's link",
    "the cover chosen for an album",
    "the date of a release in a country",
    "the name of a country",
    "the label of a release",
    "a label's name",
    "a new image",
    "a track's name",
    "a series",
]
KNOWN = {change[0]: change[1:] for change in CHANGES}
PUBLIC = "https://metadata.test/music"
SOON = 10.0


@pytest.fixture
async def own(postgres: PostgresAddress) -> AsyncIterator[Place]:
    async with place(postgres) as made:
        yield made


@pytest.fixture
async def server(client_of: MakeClient, own: Place) -> Client:
    """A server that has been asked for everything, and has looked for changes once."""
    return await at_work(await client_of(**own.settings()), own)


async def at_work(server: Client, own: Place) -> Client:
    await fill(server, own)
    await posted(server, "/invalidate")  # the first has no mark to go by
    await fill(server, own)
    for kind in CACHED:
        assert await own.due(kind) == set()
    return server


async def fill(server: Client, own: Place) -> None:
    """Ask for everything, and wait until it is kept."""
    for kind, mbids in CACHED.items():
        for mbid in mbids:
            assert (await server.get(f"/{kind}/{mbid}")).status_code == 200

    async def all_is_kept() -> bool:
        return all([await own.kept(kind) - await own.due(kind) == CACHED[kind] for kind in CACHED])

    await eventually(all_is_kept)


async def newly(own: Place, before: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """What has been announced since `before`."""
    return {
        kind: {
            mbid for mbid, at in (await own.announced(kind)).items() if at != before[kind].get(mbid)
        }
        for kind in CACHED
    }


async def announced(own: Place) -> dict[str, dict[str, Any]]:
    return {kind: await own.announced(kind) for kind in CACHED}


def concerned(how: str) -> tuple[str, dict[str, set[str]]]:
    """The statement that makes a change, and which of the cached documents it concerns."""
    statement, artists, albums = KNOWN[how]
    return statement, {"artist": artists & CACHED["artist"], "album": albums & CACHED["album"]}


async def count_of(server: Client, path: str = "/invalidate") -> tuple[int, int, bool]:
    found = await posted(server, path)
    assert set(found) == {"since", "artists", "albums", "everything"}
    assert datetime.fromisoformat(found["since"]).tzinfo
    return found["artists"], found["albums"], found["everything"]


@pytest.mark.parametrize("how", KINDS_OF_CHANGE)
async def test_exactly_what_a_change_concerns_is_expired_and_announced_once(
    server: Client, own: Place, how: str
) -> None:
    statement, concerns = concerned(how)
    before = await announced(own)
    await own.editor.execute(statement)
    expected = (len(concerns["artist"]), len(concerns["album"]), False)
    assert await count_of(server) == expected
    assert await newly(own, before) == concerns
    for kind in CACHED:
        assert await own.due(kind) == concerns[kind]
        items = (await recent(server, kind))["items"]
        assert set(items[: len(concerns[kind])]) == concerns[kind]
    before = await announced(own)
    assert await count_of(server) == (0, 0, False)
    assert await newly(own, before) == {"artist": set(), "album": set()}


async def test_what_has_changed_is_new_when_it_is_next_asked_for_anywhere(
    server: Client, own: Place, client_of: MakeClient
) -> None:
    other = await client_of(**own.settings())
    for asked in (server, other):
        assert (await asked.artist(edge.BEN))["artistname"] == "Ben Rushlight"
        assert (await asked.album(edge.INKWELL))["title"] == "Inkwell"
    await own.rename("artist", edge.BEN, "Ben Candle")
    await own.rename("release_group", edge.INKWELL, "Inkpot")
    await posted(server, "/invalidate")
    assert (await server.artist(edge.BEN))["artistname"] == "Ben Candle"
    assert (await server.album(edge.INKWELL))["title"] == "Inkpot"
    titles = {album["Title"] for album in (await server.artist(edge.ADA))["Albums"]}
    assert "Inkpot" in titles

    async def other_has_heard() -> bool:
        artist, album = await other.artist(edge.BEN), await other.album(edge.INKWELL)
        return (artist["artistname"], album["title"]) == ("Ben Candle", "Inkpot")

    await eventually(other_has_heard, within=1.0)


async def test_a_merge_makes_both_documents_one(server: Client, own: Place) -> None:
    ben, ada = [
        await own.editor.fetchval("SELECT id FROM artist WHERE gid = $1", mbid)
        for mbid in (edge.BEN, edge.ADA)
    ]
    await own.editor.execute(f"DELETE FROM artist WHERE id = {ben}")
    await own.editor.execute(f"INSERT INTO artist_gid_redirect VALUES ('{edge.BEN}', {ada}, now())")
    before = await announced(own)
    artists, _, _ = await count_of(server)
    assert artists == 2
    assert (await newly(own, before))["artist"] == {edge.ADA, edge.BEN}
    assert (await server.artist(edge.BEN))["id"] == edge.ADA
    assert edge.BEN in (await server.artist(edge.ADA))["oldids"]


async def test_get_does_the_same_as_post(server: Client, own: Place) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    response = await server.http.get("/invalidate", scope_base={"client": ("127.0.0.1", 1)})
    assert (await response.get_json())["artists"] == 1
    assert response.headers["Cache-Control"] == "no-store"
    assert await own.due("artist") == {edge.BEN}


async def test_the_first_search_goes_back_to_when_the_cache_began(
    client_of: MakeClient, own: Place
) -> None:
    server = await client_of(**own.settings())
    await fill(server, own)
    await own.rename("artist", edge.BEN, "Ben Candle")
    assert await count_of(server) == (1, 2, False)
    assert await count_of(server) == (0, 0, False)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda at: at.isoformat(),
        lambda at: at.isoformat().replace("+00:00", "Z"),
        lambda at: str(at.timestamp()),
    ],
    ids=["ISO", "ISO with Z", "seconds"],
)
async def test_since_looks_further_back_and_again(
    server: Client, own: Place, spelling: Any
) -> None:
    await own.editor.execute(
        f"UPDATE artist SET last_updated = '{ago(days=10)}' WHERE gid = '{edge.BEN}'"
    )
    assert await count_of(server) == (0, 0, False)
    path = f"/invalidate?since={spelling(ago(days=11))}"
    for _ in range(2):
        assert await count_of(server, path) == (1, 2, False)
    assert await count_of(server) == (0, 0, False)


async def test_since_never_passes_over_what_no_search_has_found_yet(
    server: Client, own: Place
) -> None:
    """The search after it begins where this one ended."""
    await own.keeper.execute("UPDATE lidarrmetadata_cache.progress SET since = $1", ago(days=20))
    await own.editor.execute(
        f"UPDATE artist SET last_updated = '{ago(days=10)}' WHERE gid = '{edge.BEN}'"
    )
    await posted(server, f"/invalidate?since={ago(hours=1).timestamp()}")
    await posted(server, "/invalidate")
    assert edge.BEN in await own.due("artist")


@pytest.mark.parametrize("since", ["abc", "%00", "2026-13-01", "1e999", "9" * 20, "-", "NaN"])
async def test_a_since_that_is_no_time_is_400(server: Client, own: Place, since: str) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    response = await post(server, f"/invalidate?since={since}")
    assert "since" in await error_of(response, 400)
    assert await own.due("artist") == set()


async def test_without_a_cache_database_it_is_503_that_says_what_to_set(
    client_of: MakeClient, own: Place
) -> None:
    server = await client_of(DATABASE=own.catalogue)
    response = await post(server, "/invalidate")
    assert "CACHE" in await error_of(response, 503)
    assert response.headers["Retry-After"]


@pytest.mark.parametrize(
    "how",
    [
        "CREATE TABLE other (LIKE artist INCLUDING ALL); INSERT INTO other TABLE artist;"
        "ALTER TABLE artist RENAME TO gone; ALTER TABLE other RENAME TO artist",
        "VACUUM FULL track",
        "UPDATE release_status SET name = 'Unofficial' WHERE id = 3",
    ],
    ids=["a table replaced", "a table laid down anew", "a word of the vocabulary"],
)
async def test_when_everything_may_have_changed_all_is_made_anew_and_nothing_announced(
    server: Client, own: Place, how: str
) -> None:
    before = await announced(own)
    await own.editor.execute(how)
    assert (await count_of(server))[2]
    assert await newly(own, before) == {"artist": set(), "album": set()}
    for kind, mbids in CACHED.items():
        assert await own.due(kind) == mbids
    assert await count_of(server) == (0, 0, False)


async def test_who_asks_what_changed_is_told_that_it_may_be_more_than_is_listed(
    server: Client, own: Place
) -> None:
    known = await own.keeper.fetchval("SELECT clock_timestamp()")
    assert not (await recent(server, "artist", known.isoformat()))["limited"]
    await own.editor.execute("VACUUM FULL musicbrainz.artist")
    assert (await count_of(server))[2]
    assert (await recent(server, "artist", known.isoformat()))["limited"]
    later = await own.keeper.fetchval("SELECT clock_timestamp()")
    assert not (await recent(server, "artist", later.isoformat()))["limited"]


async def test_another_catalogue_in_the_place_of_this_one_is_everything(
    server: Client, own: Place, client_of: MakeClient, edge_catalogue: dict[str, object]
) -> None:
    before = await announced(own)
    successor = await client_of(**{**own.settings(), "DATABASE": edge_catalogue})
    assert (await count_of(successor))[2]
    assert await own.due("artist") == CACHED["artist"]
    assert await newly(own, before) == {"artist": set(), "album": set()}


async def waiting_in(own: Place) -> bool:
    found = await own.keeper.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(found)


async def test_one_search_runs_at_a_time_over_all_processes(
    server: Client, own: Place, client_of: MakeClient
) -> None:
    other = await client_of(**own.settings())
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with locked_in_cache(own.cache, "seen_change"):
        searching = asyncio.create_task(posted(server, "/invalidate"))
        await eventually(lambda: waiting_in(own))
        for asked in (server, other):
            async with asyncio.timeout(1):
                response = await post(asked, "/invalidate")
            assert "already" in await error_of(response, 409)
    async with asyncio.timeout(SOON):
        found = await searching
    assert found["artists"] == 1
    assert await count_of(other) == (0, 0, False)


async def test_who_hangs_up_does_not_end_the_search(server: Client, own: Place) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with locked_in_cache(own.cache, "seen_change"):
        searching = asyncio.create_task(posted(server, "/invalidate"))
        await eventually(lambda: waiting_in(own))
        searching.cancel()
        await asyncio.wait({searching})

    async def is_found() -> bool:
        return await own.due("artist") == {edge.BEN}

    await eventually(is_found)


async def test_a_server_that_ends_in_the_middle_of_a_search_loses_nothing(
    own: Place, client_of: MakeClient
) -> None:
    app = create_app(load_config(environ={}, PROVIDERS=["musicbrainz_db"], **own.settings()))
    await app.startup()
    survivor = await at_work(await client_of(**own.settings()), own)
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with locked_in_cache(own.cache, "album"):
        client = app.test_client()
        searching = asyncio.create_task(
            client.post("/invalidate", scope_base={"client": ("127.0.0.1", 1)})
        )
        await eventually(lambda: waiting_in(own))  # artists have been dealt with, albums have not
        searching.cancel()
        await asyncio.wait({searching})
        await app.shutdown()
    found = await posted(survivor, "/invalidate")
    assert found["albums"] == 2
    assert await own.due("artist") == {edge.BEN}
    assert await own.due("album") == {edge.TOGETHER, edge.LIVE_COMPILATION}


async def test_what_could_not_be_said_to_the_whole_cache_is_found_again(
    server: Client, own: Place
) -> None:
    await own.rename("release_group", edge.LIVE_COMPILATION, "Live")
    async with locked_in_cache(own.cache, "album"), asyncio.timeout(SOON):
        response = await post(server, "/invalidate")
        await error_of(response, 503)
        assert response.headers["Retry-After"]

    async def is_found() -> bool:
        response = await post(server, "/invalidate")
        return response.status_code == 200

    await eventually(is_found)
    assert await own.due("album") == {edge.LIVE_COMPILATION}
    assert edge.LIVE_COMPILATION in (await recent(server, "album"))["items"][:1]


async def test_a_catalogue_that_is_down_is_503_and_its_changes_are_found_later(
    server: Client, own: Place
) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with own.without_catalogue():
        response = await post(server, "/invalidate")
        await error_of(response, 503)
        assert response.headers["Retry-After"]

    async def is_found() -> bool:
        response = await post(server, "/invalidate")
        return response.status_code == 200

    await eventually(is_found)
    assert await own.due("artist") == {edge.BEN}


async def test_a_mirror_that_is_behind_is_searched_again_from_where_it_stood(
    client_of: MakeClient, own: Place
) -> None:
    """What happened during the hours it lacks arrives with times of before the search."""
    stood = ago(days=3)
    await own.editor.execute(f"UPDATE replication_control SET last_replication_date = '{stood}'")
    server = await at_work(await client_of(**own.settings()), own)
    await own.editor.execute(
        f"UPDATE artist SET last_updated = '{stood + timedelta(hours=1)}' WHERE gid = '{edge.BEN}'"
    )
    assert await count_of(server) == (1, 2, False)
    assert await count_of(server) == (0, 0, False)


# Cloudflare.


def urls(kind: str, mbids: set[str]) -> set[str]:
    return {f"{PUBLIC}{prefix}/{kind}/{mbid}" for prefix in ("", "/api/v0.4") for mbid in mbids}


@pytest.fixture
async def behind_cloudflare(client_of: MakeClient, own: Place, internet: Internet) -> Client:
    settings = {
        **own.settings(),
        **internet.settings(),
        "PROVIDERS": ["musicbrainz_db"],
        "PUBLIC_URL": PUBLIC,
    }
    server = await at_work(await client_of(**settings), own)

    async def all_is_purged() -> bool:
        waiting = await own.keeper.fetchval("SELECT count(*) FROM lidarrmetadata_cache.purge")
        return waiting == 0

    await eventually(all_is_purged)
    internet.forget()
    return server


async def all_purged(internet: Internet, expected: set[str]) -> None:
    service: Cloudflare = internet.cloudflare  # type: ignore[assignment]

    async def is_purged() -> bool:
        return expected <= set(service.purged)

    await eventually(is_purged, within=20.0)
    assert set(service.purged) == expected


async def test_cloudflare_forgets_what_changed_and_is_known_under_both_addresses(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    await own.rename("artist", edge.NOBODY, "Somebody")  # whom nobody has asked for
    await posted(behind_cloudflare, "/invalidate")
    expected = urls("artist", {edge.BEN}) | urls("album", {edge.TOGETHER, edge.LIVE_COMPILATION})
    await all_purged(internet, expected)


async def test_cloudflare_forgets_all_when_all_may_have_changed(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    await own.editor.execute("VACUUM FULL track")
    await posted(behind_cloudflare, "/invalidate")
    await all_purged(internet, {"*"})


async def test_cloudflare_forgets_what_is_refreshed_changed_or_not(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    await posted(behind_cloudflare, f"/artist/{edge.BEN}/refresh")
    await all_purged(internet, urls("artist", {edge.BEN}))
    body = f'["{edge.COMPILATION}", "{edge.NOBODY}"]'.encode()
    await posted(behind_cloudflare, "/refresh", body)
    await all_purged(internet, urls("artist", {edge.BEN}) | urls("album", {edge.COMPILATION}))


async def test_cloudflare_forgets_an_id_that_has_been_merged(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    ada = await own.editor.fetchval("SELECT id FROM artist WHERE gid = $1", edge.ADA)
    await own.editor.execute(f"DELETE FROM artist WHERE gid = '{edge.BEN}'")
    await own.editor.execute(f"INSERT INTO artist_gid_redirect VALUES ('{edge.BEN}', {ada})")
    await posted(behind_cloudflare, f"/artist/{edge.ADA}/refresh")
    service: Cloudflare = internet.cloudflare  # type: ignore[assignment]

    async def is_purged() -> bool:
        return urls("artist", {edge.ADA, edge.BEN}) <= set(service.purged)

    await eventually(is_purged)


FAULTS = {
    "429": lambda service: service.fails_with(429, retry_after=1, times=1),
    "500": lambda service: service.fails_with(500, times=1),
    "success: false": lambda service: service.refuses(times=1),
    "cut": lambda service: service.cuts_connection("before", times=1),
    "garbage": lambda service: service.answers_garbage(times=1),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_cloudflare_that_fails_delays_nobody_and_forgets_all_in_the_end(
    behind_cloudflare: Client, own: Place, internet: Internet, fault: Any
) -> None:
    fault(internet.cloudflare)
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with asyncio.timeout(2):
        await posted(behind_cloudflare, "/invalidate")
    expected = urls("artist", {edge.BEN}) | urls("album", {edge.TOGETHER, edge.LIVE_COMPILATION})
    await all_purged(internet, expected)


async def test_a_cloudflare_that_hangs_delays_nobody(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    internet.cloudflare.hangs()
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with asyncio.timeout(2):
        await posted(behind_cloudflare, "/invalidate")
        assert (await behind_cloudflare.artist(edge.BEN))["artistname"] == "Ben Candle"
    await internet.cloudflare.asked()
    internet.cloudflare.recovers()
    service: Cloudflare = internet.cloudflare  # type: ignore[assignment]
    expected = urls("artist", {edge.BEN}) | urls("album", {edge.TOGETHER, edge.LIVE_COMPILATION})

    async def is_purged() -> bool:
        return expected <= set(service.purged)

    await eventually(is_purged)


async def test_what_cannot_be_noted_for_cloudflare_is_503_and_found_again(
    behind_cloudflare: Client, own: Place, internet: Internet
) -> None:
    await own.rename("artist", edge.BEN, "Ben Candle")
    async with locked_in_cache(own.cache, "purge"), asyncio.timeout(30):
        for path in ("/invalidate", f"/artist/{edge.BEN}/refresh"):
            await error_of(await post(behind_cloudflare, path), 503)

    async def is_said() -> bool:
        return (await post(behind_cloudflare, "/invalidate")).status_code == 200

    await eventually(is_said)
    service: Cloudflare = internet.cloudflare  # type: ignore[assignment]

    async def is_purged() -> bool:
        return urls("artist", {edge.BEN}) <= set(service.purged)

    await eventually(is_purged)
