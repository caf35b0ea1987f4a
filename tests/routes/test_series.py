"""`/series`: lists that Lidarr can import, and never a 404 that nobody can vouch for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.contract import violations
from lidarrmetadata.mirror.schema import mark
from tests import dumps
from tests.api.watched import home as home
from tests.api.watched import services_of, shared_seconds
from tests.catalogue.builder import Catalogue
from tests.catalogue.edge_cases import ADA, INKWELL, SERIES, TYPELESS, edge_cases
from tests.catalogue.entities import mbid_of
from tests.clock import ManualClock
from tests.provider.musicbrainz.conftest import locked

if TYPE_CHECKING:
    import asyncpg
    from quart import Response

    from lidarrmetadata.embedded import PostgresAddress
    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database

NO_SUCH = "00000000-0000-4000-8000-000000000000"
ROLLING_STONE = "8668518f-4a1e-4802-8b0d-81703ced6418"  # in MusicBrainz' own test data
METALLICA = "e8f70201-8899-3f0c-9e07-5d6495bc8046"
FIELDS = ["AlbumId", "AlbumTitle", "ArtistId", "ArtistName", "ReleaseDate"]


@pytest.fixture
async def server(client_of: MakeClient, edge_catalogue: Database) -> Client:
    return await client_of(DATABASE=edge_catalogue)


async def listed(server: Client, mbid: str) -> list[dict[str, Any]]:
    response = await server.get(f"/series/{mbid}")
    assert response.status_code == 200, await response.get_data()
    items: list[dict[str, Any]] = await response.get_json()
    assert not violations("series", items)
    return items


async def error_of(response: Response) -> str:
    answer = await response.get_json()
    assert list(answer) == ["error"]
    return str(answer["error"])


async def test_a_series_is_listed_as_lidarr_reads_lists(server: Client) -> None:
    items = await listed(server, SERIES)
    assert items == [
        dict(zip(FIELDS, (INKWELL, "Inkwell", ADA, "Ada Quill", "2003-07-09"), strict=True)),
        dict(
            zip(FIELDS, (TYPELESS, "Whatever It Is", ADA, "Ada Quill", "2007-01-01"), strict=True)
        ),
    ]
    assert [list(item) for item in items] == [FIELDS, FIELDS]


async def test_what_is_listed_can_be_added(server: Client) -> None:
    for item in await listed(server, SERIES):
        assert (await server.album(item["AlbumId"]))["artistid"] == item["ArtistId"]
        assert (await server.artist(item["ArtistId"]))["artistname"] == item["ArtistName"]


@pytest.mark.parametrize(
    "path", [f"/api/v0.4/series/{SERIES}", f"/series/{SERIES}/", f"/series/{SERIES.upper()}"]
)
async def test_it_is_the_same_however_it_is_asked_for(server: Client, path: str) -> None:
    plain = await server.get(f"/series/{SERIES}")
    other = await server.get(path)
    assert other.status_code == 200
    assert await other.get_data() == await plain.get_data()
    assert other.headers["ETag"] == plain.headers["ETag"]


async def test_the_series_of_musicbrainz_own_test_data(
    client_of: MakeClient, dump_test: Database
) -> None:
    server = await client_of(DATABASE=dump_test)
    (only,) = await listed(server, ROLLING_STONE)
    assert (only["AlbumId"], only["AlbumTitle"]) == (METALLICA, "Metallica")
    assert only["ArtistName"] == "Metallica"


@pytest.fixture(scope="module")
def odd_series(postgres: PostgresAddress) -> Database:
    """A series that is empty, one that was merged, and one of albums without or with odd dates."""
    catalogue = Catalogue()
    by = catalogue.artist("Ada")
    dates = {"never": None, "odd": "2001-02-30", "zero": "0000-01-01", "first": "0001-01-01"}
    albums = [catalogue.release_group(by, title, date=date) for title, date in dates.items()]
    catalogue.medium(catalogue.release(albums[0]), "Song")
    dated = catalogue.series("dated", *albums)
    catalogue.merged(dated, "dated (old entry)")
    catalogue.series("empty")
    return dumps.create(postgres, "odd_series", catalogue.write)


async def test_dates_are_never_invented(client_of: MakeClient, odd_series: Database) -> None:
    server = await client_of(DATABASE=odd_series)
    items = await listed(server, mbid_of("series", "dated"))
    assert [item["ReleaseDate"] for item in items] == [None] * 4


async def test_a_merged_series_is_what_it_was_merged_into(
    client_of: MakeClient, odd_series: Database
) -> None:
    server = await client_of(DATABASE=odd_series)
    old = await listed(server, mbid_of("series", "dated (old entry)"))
    assert old == await listed(server, mbid_of("series", "dated"))


async def test_a_series_without_albums_is_an_empty_list(
    client_of: MakeClient, odd_series: Database
) -> None:
    server = await client_of(DATABASE=odd_series)
    assert await listed(server, mbid_of("series", "empty")) == []


@pytest.mark.parametrize(
    "mbid",
    [
        "x",
        SERIES[:-1],
        f"{SERIES}0",
        SERIES.replace("-", ""),
        f"%7B{SERIES}%7D",
        f"{SERIES}%00",
        f"{SERIES}%0D%0AX-Injected:%20yes",
        "%00",
        "%FF",
        "%F0%9F%8E%B5",
        "a" * 8000,
    ],
)
async def test_what_is_no_id_is_refused(server: Client, mbid: str) -> None:
    response = await server.get(f"/series/{mbid}")
    assert response.status_code == 400
    assert "is not a MusicBrainz id" in await error_of(response)


async def test_a_series_that_there_is_not_is_not_found(server: Client) -> None:
    for mbid in (NO_SUCH, INKWELL):
        response = await server.get(f"/series/{mbid}")
        assert response.status_code == 404
        assert mbid in await error_of(response)


async def unavailable(server: Client, mbid: str) -> None:
    response = await server.get(f"/series/{mbid}")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Cache-Control"] == "no-store"
    assert await error_of(response)


@pytest.fixture(scope="module")
def sample(postgres: PostgresAddress) -> Database:
    async def fill(connection: asyncpg.Connection) -> None:
        await edge_cases().write(connection)
        await mark(connection, "sample", "complete")

    return dumps.create(postgres, "sampled_series", fill)


async def test_a_sample_does_not_say_that_there_is_no_such_series(
    client_of: MakeClient, sample: Database
) -> None:
    server = await client_of(DATABASE=sample)
    await unavailable(server, NO_SUCH)
    assert len(await listed(server, SERIES)) == 2


async def test_nor_does_a_catalogue_that_is_down(client_of: MakeClient) -> None:
    server = await client_of(DATABASE={"host": "127.0.0.1", "port": 1})
    await unavailable(server, SERIES)


async def test_nor_does_one_that_can_list_a_series_but_not_its_albums(
    server: Client, edge_catalogue: Database
) -> None:
    async with locked(edge_catalogue, "artist_credit_name"):
        await unavailable(server, SERIES)
    assert len(await listed(server, SERIES)) == 2


async def test_who_has_it_already_is_told_so(server: Client) -> None:
    tag = (await server.get(f"/series/{SERIES}")).headers["ETag"]
    response = await server.get(f"/series/{SERIES}", **{"If-None-Match": tag})
    assert response.status_code == 304
    assert await response.get_data() == b""


async def test_a_list_is_kept_for_a_moment_and_served_when_the_catalogue_is_held_up(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    clock = ManualClock()
    server = await client_of(clock, DATABASE=edge_catalogue)
    first = await server.get(f"/series/{SERIES}")
    assert 0 < shared_seconds(first) <= 60
    async with locked(edge_catalogue, "l_release_group_series"):
        assert (await server.get(f"/series/{SERIES}")).status_code == 200
        assert services_of(server).answers.outcomes["hit"] == 1
        await clock.forward(minutes=6)
        late = await server.get(f"/series/{SERIES}")
    assert late.status_code == 200
    assert await late.get_data() == await first.get_data()
    assert services_of(server).answers.outcomes["rescued"] == 1


async def test_a_list_is_made_anew_when_one_of_its_albums_changes(
    client_of: MakeClient, home: Place
) -> None:
    server = await client_of(**home.settings())
    assert (await listed(server, SERIES))[0]["AlbumTitle"] == "Inkwell"
    await home.editor.execute(
        "UPDATE musicbrainz.release_group SET name = 'Blot' WHERE gid = $1", INKWELL
    )
    assert (await listed(server, SERIES))[0]["AlbumTitle"] == "Inkwell"
    refreshed = await server.http.post(
        f"/album/{INKWELL}/refresh", scope_base={"client": ("127.0.0.1", 40000)}
    )
    assert refreshed.status_code == 200
    assert (await listed(server, SERIES))[0]["AlbumTitle"] == "Blot"


async def test_many_who_ask_at_once_are_all_answered(server: Client) -> None:
    answers = await asyncio.gather(*(listed(server, SERIES) for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
