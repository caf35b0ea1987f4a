"""What the sources add to the catalogue, in how many requests, and that it stays the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.api.singers import (
    COVER_IMAGE,
    DISC,
    EVERYBODY,
    NAMES,
    SINGERS,
    SOLO,
    UNHEARD,
    heard,
    item,
    without_albums,
)
from tests.catalogue.edge_cases import VARIOUS_ARTISTS
from tests.clock import ManualClock
from tests.eventually import eventually

if TYPE_CHECKING:
    from tests.conftest import MakeClient
    from tests.internet import Internet

PATIENT = {"ANSWER_BUDGET": 20.0}  # longer than anything here takes: nothing is given up


async def test_every_source_adds_its_part(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(**{**settings, **PATIENT})
    artist = await server.artist(SINGERS[0])
    assert heard(artist) == EVERYBODY
    assert artist["overview"] == f"{NAMES[0]} sings."
    assert artist["links"] == [
        {"target": f"https://www.wikidata.org/wiki/{item(0)}", "type": "wikidata"},
        {"target": f"https://www.{SINGERS[0]}.example", "type": SINGERS[0]},
    ]
    album = await server.album(DISC)
    assert album["overview"] == "Thirty Voices is a disc."
    assert [image["CoverType"] for image in album["images"]] == ["Cover", "Disc"]


async def test_a_link_that_is_there_already_is_not_added_again(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    known.facts.artist(
        SINGERS[0],
        tadb={"strWebsite": f"http://WIKIDATA.org/wiki/{item(0)}/", "strTwitter": "x.example/a"},
    )
    server = await client_of(**{**settings, **PATIENT})
    assert [link["target"] for link in (await server.artist(SINGERS[0]))["links"]] == [
        f"https://www.wikidata.org/wiki/{item(0)}",
        "https://x.example/a",
    ]


async def test_of_an_artist_nobody_knows_the_catalogue_is_served_as_it_is(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(**{**settings, **PATIENT})
    artist = await server.artist(UNHEARD)
    assert (artist["overview"], artist["images"], artist["links"]) == ("", [], [])
    assert known.wikidata.total == 0  # there is no link to ask by


async def test_sources_that_answer_null_delay_nothing(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(ManualClock(), **{**settings, **PATIENT})
    for service in known.services.values():
        service.answers(b"null")
    async with asyncio.timeout(PATIENT["ANSWER_BUDGET"] / 2):
        assert heard(await server.artist(SINGERS[0])) == set()
        assert (await server.album(DISC))["overview"] == ""


async def test_without_any_key_there_are_an_overview_an_image_and_a_cover(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    keyless = {"FANART_API_KEY": "", "THEAUDIODB_API_KEY": ""}
    server = await client_of(**{**settings, **PATIENT, **keyless})
    artist = await server.artist(SINGERS[0])
    assert artist["overview"] == f"{NAMES[0]} sings."
    assert [image["CoverType"] for image in artist["images"]] == ["Poster"]
    (cover,) = (await server.album(DISC))["images"]
    assert cover["CoverType"] == "Cover"
    assert f"/{COVER_IMAGE}-" in cover["Url"]
    assert known.fanart.total == known.theaudiodb.total == 0


async def test_thirty_artists_and_their_album_cost_two_rounds_of_requests_to_wikimedia(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    known.enforces_limits = True
    server = await client_of(ManualClock(), **{**settings, **PATIENT})
    known.wikipedia.delays(0.1)  # so that requests that can be side by side are
    album = await server.album(DISC)
    assert album["overview"] == "Thirty Voices is a disc."
    overviews = {artist["id"]: artist["overview"] for artist in album["artists"]}
    assert [overviews[singer] for singer in SINGERS] == [f"{name} sings." for name in NAMES]
    assert known.wikidata.total == 1
    assert known.wikipedia.total == known.wikipedia.most_at_once == 2


async def test_what_is_remembered_is_served_even_if_the_catalogue_uses_up_the_whole_budget(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(ManualClock(), **{**settings, "ANSWER_BUDGET": 0.000_001})

    async def all_have_been_heard() -> bool:
        return heard(await server.artist(SINGERS[0])) == EVERYBODY

    await eventually(all_have_been_heard)
    await known.down()
    assert await all_have_been_heard()


async def test_fifty_who_want_the_same_artist_at_once_cost_one_request_a_service(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(ManualClock(), **{**settings, **PATIENT})
    for service in known.services.values():
        service.delays(0.05)
    artists = await asyncio.gather(*(server.artist(SINGERS[0]) for _ in range(50)))
    assert [heard(artist) for artist in artists] == [EVERYBODY] * 50
    asked = ("fanart", "theaudiodb", "wikidata", "wikipedia")
    assert {name: known.services[name].total for name in asked} == dict.fromkeys(asked, 1)


async def test_who_hangs_up_takes_nothing_from_others_who_want_the_same(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(ManualClock(), **{**settings, **PATIENT, "FANART_TIMEOUT": 20.0})
    known.fanart.hangs()
    first = asyncio.create_task(server.artist(SINGERS[0]))
    await known.fanart.asked()
    other = asyncio.create_task(server.artist(SINGERS[0]))
    connection = server.http.request(f"/artist/{SINGERS[0]}", method="GET")
    async with connection:
        await connection.send_complete()
        await connection.disconnect()
    first.cancel()
    await asyncio.wait([first])
    known.fanart.recovers()
    assert heard(await other) == EVERYBODY
    assert known.fanart.total == 1


async def test_the_artists_of_an_album_are_field_for_field_what_the_artist_route_serves(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    server = await client_of(ManualClock(), **{**settings, **PATIENT})
    for mbid in (SOLO, DISC):
        artists = (await server.album(mbid))["artists"]
        for artist in artists:
            assert artist == without_albums(await server.artist(artist["id"]))
    assert {VARIOUS_ARTISTS, *SINGERS} <= {artist["id"] for artist in artists}


async def test_two_answers_of_the_same_document_are_the_same_bytes(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    paths = [f"/artist/{SINGERS[0]}", f"/album/{DISC}", f"/album/{SOLO}"]
    clock = ManualClock()
    one, other = [await client_of(clock, **{**settings, **PATIENT}) for _ in range(2)]
    for path in paths:
        answers = [await server.get(path) for server in (one, one, other)]
        assert len({await answer.get_data() for answer in answers}) == 1
        assert len({answer.headers["ETag"] for answer in answers}) == 1
        known_already = answers[0].headers["ETag"]
        assert (await other.get(path, **{"If-None-Match": known_already})).status_code == 304
