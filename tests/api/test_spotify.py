"""What Spotify's ids stand for is found by links, then by name, and kept as what it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lidarrmetadata.api import spotify as api
from lidarrmetadata.cache import Entry, PostgresStore
from lidarrmetadata.errors import NotFound, Unavailable
from tests.api.watched import home as home
from tests.api.watched import services_of
from tests.catalogue.edge_cases import ADA, BEN, COMPILATION, INKWELL
from tests.clock import START, ManualClock
from tests.eventually import eventually
from tests.internet.spotify import Spotify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.changing import Place
    from tests.conftest import Client, MakeClient
    from tests.internet import Internet

LINKED = "0000000000000000000000"  # to Ada, in the catalogue
NAMED = "1AdaQuill0000000000000"
INKWELL_ID = "1Inkwell00000000000000"
UNKNOWN = "1Unknown00000000000000"
DAY = 24 * 60  # minutes


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def spotify(internet: Internet) -> Spotify:
    spotify = internet.service(Spotify)
    spotify.artist(NAMED, "ADA QUILL")
    spotify.album(INKWELL_ID, "Inkwell (Deluxe Edition)", "Ada Quill")
    return spotify


@pytest.fixture
async def server(
    client_of: MakeClient, home: Place, clock: ManualClock, internet: Internet, spotify: Spotify
) -> Client:
    return await client_of(
        clock,
        **internet.settings() | home.settings(),
        PROVIDERS=["musicbrainz_db", "spotify"],
    )


async def known(server: Client, *ids: str) -> list[str | None]:
    return [pair["musicbrainzid"] for pair in await api.lookup(services_of(server), ids)]


async def missing(server: Client, kind: str, spotify_id: str) -> bool:
    with pytest.raises(NotFound):
        await getattr(api, kind)(services_of(server), spotify_id)
    return True


async def kept(server: Client, spotify_id: str, mbid: str | None) -> None:
    """Wait until this is what is remembered of an id."""

    async def is_so() -> bool:
        return await known(server, spotify_id) == [mbid]

    await eventually(is_so)


async def plant(server: Client, entries: Iterable[tuple[str, Any]]) -> None:
    await services_of(server).store.put_many(
        "spotify", {key: Entry(value, START.replace(year=2030)) for key, value in entries}
    )


async def test_a_link_of_musicbrainz_answers_and_spotify_is_not_asked(
    server: Client, spotify: Spotify
) -> None:
    assert await api.artist(services_of(server), LINKED) == ADA
    assert spotify.total == 0


async def test_without_a_key_links_still_answer_and_the_rest_is_missing(
    client_of: MakeClient, home: Place, internet: Internet
) -> None:
    server = await client_of(
        **internet.settings() | home.settings() | {"SPOTIFY_CLIENT_ID": ""},
        PROVIDERS=["musicbrainz_db", "spotify"],
    )
    assert await api.artist(services_of(server), LINKED) == ADA
    assert await missing(server, "artist", NAMED)
    assert internet.spotify.total == 0


async def test_what_has_no_link_is_found_by_its_name(server: Client) -> None:
    assert await api.artist(services_of(server), NAMED) == ADA
    assert await api.album(services_of(server), INKWELL_ID) == INKWELL
    await kept(server, NAMED, ADA)
    await kept(server, INKWELL_ID, INKWELL)


async def test_what_is_remembered_is_not_asked_for_again(server: Client, spotify: Spotify) -> None:
    await api.artist(services_of(server), NAMED)
    await kept(server, NAMED, ADA)
    spotify.forget()
    assert await api.artist(services_of(server), NAMED) == ADA
    assert spotify.total == 0


@pytest.mark.parametrize(
    ("title", "artist"),
    [("Inkwell", "Ben Rushlight"), ("Something Else", "Ada Quill"), ("Inkwell II", "Ada Quill")],
)
async def test_another_name_is_no_match(
    server: Client, spotify: Spotify, title: str, artist: str
) -> None:
    spotify.album(UNKNOWN, title, artist)
    assert await missing(server, "album", UNKNOWN)


async def test_how_alike_names_must_be_is_a_setting(
    client_of: MakeClient, home: Place, internet: Internet, spotify: Spotify
) -> None:
    spotify.album(UNKNOWN, "Everyone on Disc", "Various Artists")
    for ratio, found in ((0.95, False), (0.8, True)):
        server = await client_of(
            **internet.settings() | home.settings() | {"CACHE": {}},
            PROVIDERS=["musicbrainz_db", "spotify"],
            SPOTIFY_MATCH_MIN_RATIO=ratio,
        )
        if found:
            assert await api.album(services_of(server), UNKNOWN) == COMPILATION
        else:
            assert await missing(server, "album", UNKNOWN)


async def test_a_miss_is_remembered_for_a_day(
    server: Client, spotify: Spotify, clock: ManualClock
) -> None:
    assert await missing(server, "artist", UNKNOWN)
    await kept(server, UNKNOWN, "0")
    spotify.forget()
    assert await missing(server, "artist", UNKNOWN)
    assert spotify.total == 0
    await clock.forward(minutes=DAY)
    assert await known(server, UNKNOWN) == [None]
    spotify.artist(UNKNOWN, "Ben Rushlight")
    assert await api.artist(services_of(server), UNKNOWN) == BEN


async def test_a_hit_is_never_replaced_by_a_miss(
    server: Client, spotify: Spotify, home: Place, clock: ManualClock
) -> None:
    await api.artist(services_of(server), NAMED)
    await kept(server, NAMED, ADA)
    spotify.artist(NAMED, "Nobody Whom Anybody Knows")
    await clock.forward(minutes=31 * DAY)
    before = await home.keeper.fetchval("SELECT expires FROM lidarrmetadata_cache.spotify")
    assert await known(server, NAMED) == [ADA]
    spotify.forget()
    assert await api.artist(services_of(server), NAMED) == ADA

    async def is_renewed() -> bool:
        after = await home.keeper.fetchval("SELECT expires FROM lidarrmetadata_cache.spotify")
        return bool(after > before)

    await eventually(is_renewed)
    assert spotify.total > 0
    assert await known(server, NAMED) == [ADA]


async def test_a_hit_that_has_grown_old_is_replaced_by_another(
    server: Client, spotify: Spotify, clock: ManualClock
) -> None:
    await api.artist(services_of(server), NAMED)
    await kept(server, NAMED, ADA)
    spotify.artist(NAMED, "Ben Rushlight")
    await clock.forward(minutes=31 * DAY)
    assert await api.artist(services_of(server), NAMED) == ADA  # at once, and
    await kept(server, NAMED, BEN)
    assert await api.artist(services_of(server), NAMED) == BEN


async def test_while_spotify_is_down_nothing_is_known_and_nothing_remembered(
    server: Client, spotify: Spotify
) -> None:
    spotify.answers_garbage()
    for kind, spotify_id in (("artist", NAMED), ("album", INKWELL_ID), ("artist", UNKNOWN)):
        with pytest.raises(Unavailable):
            await getattr(api, kind)(services_of(server), spotify_id)
    assert await known(server, NAMED, INKWELL_ID, UNKNOWN) == [None] * 3
    assert await api.artist(services_of(server), LINKED) == ADA
    spotify.recovers()
    assert await api.artist(services_of(server), NAMED) == ADA


async def test_while_the_catalogue_is_down_nothing_is_remembered_and_hits_are_served(
    server: Client, home: Place, clock: ManualClock
) -> None:
    await api.artist(services_of(server), NAMED)
    await kept(server, NAMED, ADA)
    await clock.forward(minutes=31 * DAY)
    async with home.without_catalogue():
        assert await api.artist(services_of(server), NAMED) == ADA
        for kind, spotify_id in (("artist", LINKED), ("album", INKWELL_ID), ("artist", UNKNOWN)):
            with pytest.raises(Unavailable):
                await getattr(api, kind)(services_of(server), spotify_id)
        assert await known(server, NAMED, LINKED, INKWELL_ID, UNKNOWN) == [ADA, None, None, None]


async def test_what_spotify_took_away_is_missing_for_half_an_hour(
    server: Client, spotify: Spotify, clock: ManualClock
) -> None:
    spotify.takes_away("album")
    assert await missing(server, "album", INKWELL_ID)
    await kept(server, INKWELL_ID, "0")
    assert await api.artist(services_of(server), NAMED) == ADA
    await clock.forward(minutes=30)
    assert await known(server, INKWELL_ID) == [None]
    spotify.gives_back()
    await clock.forward(minutes=6 * 60)
    assert await api.album(services_of(server), INKWELL_ID) == INKWELL


async def test_who_asks_at_the_same_time_gets_the_same_answer(
    server: Client, spotify: Spotify
) -> None:
    spotify.delays(0.05)
    services = services_of(server)
    assert await asyncio.gather(*(api.artist(services, NAMED) for _ in range(20))) == [ADA] * 20
    assert len([asked for asked in spotify.requests if NAMED in asked.path]) == 1


async def test_an_album_is_no_artist(server: Client) -> None:
    await api.album(services_of(server), INKWELL_ID)
    await kept(server, INKWELL_ID, INKWELL)
    assert await missing(server, "artist", INKWELL_ID)
    assert await api.album(services_of(server), INKWELL_ID) == INKWELL
    assert await known(server, INKWELL_ID) == [INKWELL]


async def test_a_list_is_looked_up_with_one_question_and_each_id_answered_once(
    server: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plant(server, [(NAMED, ["artist", ADA]), (UNKNOWN, ["album", None])])
    services_of(server).store.forget("spotify", None)
    asked: list[int] = []
    get_many = PostgresStore.get_many

    async def counted(store: PostgresStore, table: str, keys: Any) -> dict[str, Entry]:
        asked.append(len(list(keys)))
        return await get_many(store, table, keys)

    monkeypatch.setattr(PostgresStore, "get_many", counted)
    pairs = await api.lookup(services_of(server), [UNKNOWN, NAMED, UNKNOWN, LINKED, NAMED])
    assert pairs == [
        {"spotifyid": UNKNOWN, "musicbrainzid": "0"},
        {"spotifyid": NAMED, "musicbrainzid": ADA},
        {"spotifyid": LINKED, "musicbrainzid": None},
    ]
    assert asked == [3]


@pytest.mark.parametrize(
    "value", [None, 7, "text", [], ["artist"], ["artist", 7], ["artist", "x"], ["series", ADA]]
)
async def test_what_is_nothing_of_ours_is_as_good_as_never_looked_up(
    server: Client, value: Any
) -> None:
    await plant(server, [(NAMED, value)])
    assert await known(server, NAMED) == [None]
    assert await api.artist(services_of(server), NAMED) == ADA
    await kept(server, NAMED, ADA)
