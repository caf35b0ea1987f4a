"""The replay server says what the services say, sees wrong use, and fails on demand."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from lidarrmetadata.settings import load_config
from tests.catalogue.edge_cases import ADA, BEN, COMPILATION, INKWELL
from tests.internet import Internet
from tests.internet.cloudflare import TOKEN, ZONE, Cloudflare
from tests.internet.facts import is_item
from tests.internet.fanart import API_KEY, Fanart
from tests.internet.spotify import ACCOUNTS, CLIENT_ID, CLIENT_SECRET, Spotify
from tests.internet.theaudiodb import PREMIUM_KEY
from tests.internet.wikidata import Wikidata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

AGENT = {"User-Agent": "LidarrMetadataServer/1.0 (operator@example.org)"}
FANART = f"/fanart/v3.2/music/{ADA}?api_key={API_KEY}"
TADB = f"/theaudiodb/v1/json/123/artist-mb.php?i={ADA}"
EXTRACTS = "/wikipedia/en/w/api.php?action=query&prop=extracts|pageprops&exintro&explaintext"
EXTRACTS += "&redirects=1&format=json&formatversion=2"
ENTITIES = "/wikidata/w/api.php?action=wbgetentities&format=json"


class Browser:
    """Asks the replay server as a provider would."""

    def __init__(self, internet: Internet, session: aiohttp.ClientSession) -> None:
        self.internet = internet
        self.session = session

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status, and the body: as JSON if it is JSON, else as text."""
        url = self.internet.url + path
        async with self.session.get(url, headers=headers, allow_redirects=False) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def json(self, path: str, **query: str) -> Any:
        async with self.session.get(self.internet.url + path, params=query) as response:
            assert response.status == 200
            return await response.json()


@pytest.fixture
async def internet() -> AsyncIterator[Internet]:
    async with Internet() as running:
        yield running


@pytest.fixture
async def browser(internet: Internet) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(headers=AGENT) as session:
        yield Browser(internet, session)


async def test_its_settings_are_settings_of_the_server(internet: Internet) -> None:
    config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"}, **internet.settings())
    assert f"{internet.url}/wikipedia/{{lang}}" == config.WIKIPEDIA_URL


async def test_every_service_tells_an_artist_apart_from_another(
    internet: Internet, browser: Browser
) -> None:
    ada, ben = internet.facts.artist(ADA, "Ada Quill"), internet.facts.artist(BEN)
    images = await browser.json(FANART)
    assert images["artistthumb"] == ada.fanart["artistthumb"] != ben.fanart["artistthumb"]
    (record,) = (await browser.json(TADB))["artists"]
    assert record["strArtist"] == "Ada Quill"
    assert record["strBiographyEN"] == ada.tadb["strBiographyEN"] != ben.tadb["strBiographyEN"]
    entities = (await browser.json(ENTITIES, ids=f"{ada.wikidata}|{ben.wikidata}"))["entities"]
    title = entities[ada.wikidata]["sitelinks"]["enwiki"]["title"]
    assert title == "Ada Quill" != entities[ben.wikidata]["sitelinks"]["enwiki"]["title"]
    (page,) = (await browser.json(EXTRACTS, titles=title))["query"]["pages"]
    assert page["extract"] == ada.extracts["en"]
    assert internet.violations == []


async def test_what_nobody_knows_is_not_there_in_each_service_s_own_way(
    internet: Internet, browser: Browser
) -> None:
    assert await browser.get(FANART) == (404, {"status": "error", "error message": "Not found"})
    internet.service(Fanart).unknown_status = 200
    assert (await browser.get(FANART))[0] == 200
    assert await browser.get(TADB) == (200, {"artists": None})
    assert await browser.get(f"/theaudiodb/v1/json/123/album-mb.php?i={INKWELL}") == (
        200,
        {"album": None},
    )
    entities = await browser.json(ENTITIES, ids="Q42")
    assert entities["entities"] == {"Q42": {"id": "Q42", "missing": ""}}
    answer = await browser.json(EXTRACTS, titles="Nobody")
    assert answer["query"]["pages"] == [{"ns": 0, "title": "Nobody", "missing": True}]
    assert (await browser.get(f"/coverartarchive/release/{INKWELL}/1-250.jpg"))[0] == 404
    assert internet.violations == []


async def test_what_was_registered_as_lacking_is_lacking_even_if_everything_is_known(
    internet: Internet, browser: Browser
) -> None:
    internet.knows_everything = True
    internet.facts.artist(ADA, fanart={}, tadb={}, wikidata="")
    assert (await browser.get(FANART))[0] == 404
    assert (await browser.json(TADB))["artists"] is None
    assert (await browser.get(FANART.replace(ADA, BEN)))[0] == 200
    assert "sitelinks" in (await browser.json(ENTITIES, ids="Q7"))["entities"]["Q7"]


async def test_fanart_lists_albums_in_the_shape_of_its_version(
    internet: Internet, browser: Browser
) -> None:
    inkwell = internet.facts.album(INKWELL, fanart={"albumcover": ["https://a.test/cover.jpg"]})
    internet.facts.artist(ADA, albums=[INKWELL, COMPILATION])
    new = await browser.json(FANART)
    old = await browser.json(FANART.replace("v3.2", "v3"))
    assert {entry["release_group_id"] for entry in new["albums"]} == set(old["albums"])
    assert old["albums"][INKWELL] == inkwell.fanart
    album = await browser.json(FANART.replace(ADA, f"albums/{INKWELL}"))
    assert album["albums"] == [{"release_group_id": INKWELL, **inkwell.fanart}]


async def test_fanart_lists_artists_with_images_since_a_date(
    internet: Internet, browser: Browser
) -> None:
    internet.facts.fanart_update(ADA, at=1000)
    internet.facts.fanart_update(BEN, at=2000)
    latest = await browser.json(FANART.replace(ADA, "latest"), date="1500")
    assert [entry["id"] for entry in latest] == [BEN]


async def test_a_merged_item_says_where_it_went(internet: Internet, browser: Browser) -> None:
    internet.facts.artist(ADA, "Ada Quill", wikidata="Q100")
    internet.facts.merged_item("Q99", "Q100")
    merged = (await browser.json(ENTITIES, ids="Q99"))["entities"]["Q99"]
    assert (merged["id"], merged["redirects"]) == ("Q100", {"from": "Q99", "to": "Q100"})
    internet.service(Wikidata).merged_under = "target"
    assert list((await browser.json(ENTITIES, ids="Q99"))["entities"]) == ["Q100"]
    by_title = await browser.json(ENTITIES, sites="enwiki", titles="Ada Quill")
    assert list(by_title["entities"]) == ["Q100"]


async def test_titles_are_normalised_redirected_and_disambiguated(
    internet: Internet, browser: Browser
) -> None:
    internet.facts.page("en", "Beyoncé", extract="Beyoncé is a singer.")
    internet.facts.redirect("en", "Queen B", "Beyoncé")
    internet.facts.page("en", "Nirvana", extract="may refer to:", disambiguation=True)
    query = (await browser.json(EXTRACTS, titles="queen_B|Beyoncé|Nirvana"))["query"]
    assert query["normalized"] == [{"fromencoded": False, "from": "queen_B", "to": "Queen B"}]
    assert query["redirects"] == [{"from": "Queen B", "to": "Beyoncé"}]
    pages = {page["title"]: page for page in query["pages"]}
    assert pages.keys() == {"Beyoncé", "Nirvana"}
    assert pages["Beyoncé"]["extract"] == "Beyoncé is a singer."
    assert pages["Nirvana"]["pageprops"] == {"disambiguation": ""}
    assert internet.violations == []


async def test_items_carry_what_props_ask_for(internet: Internet, browser: Browser) -> None:
    ada = internet.facts.artist(ADA, "Ada Quill", image="Ada Quill.jpg", wikidata="Q100")
    item = (await browser.json(ENTITIES, ids="q100", props="claims|descriptions"))["entities"]
    (claim,) = item["Q100"]["claims"]["P18"]
    assert claim["mainsnak"]["datavalue"]["value"] == "Ada Quill.jpg"
    assert item["Q100"]["descriptions"]["en"]["value"] == ada.descriptions["en"]
    assert "sitelinks" not in item["Q100"]


async def test_the_older_format_keys_pages_by_their_number(
    internet: Internet, browser: Browser
) -> None:
    internet.facts.page("en", "Ada", extract="Ada & Ben")
    path = "/wikipedia/en/w/api.php?action=query&prop=extracts&exintro&format=json"
    pages = (await browser.json(path, titles="Ada|Nobody"))["query"]["pages"]
    assert pages.pop("-1") == {"ns": 0, "title": "Nobody", "missing": ""}
    ((number, page),) = pages.items()
    assert (str(page["pageid"]), page["title"]) == (number, "Ada")
    assert "<p>Ada &amp; Ben</p>" in page["extract"]


async def test_a_derived_article_has_more_in_it_than_text(
    internet: Internet, browser: Browser
) -> None:
    ada = internet.facts.artist(ADA, "Ada Quill")
    _, html = await browser.get("/wikipedia/en/api/rest_v1/page/html/Ada_Quill")
    assert ada.extracts["en"] not in html
    for part in ("infobox", "hatnote", "reference", "/ˈneɪm/"):
        assert part in html


async def test_whole_articles_are_found_by_their_encoded_title(
    internet: Internet, browser: Browser
) -> None:
    internet.facts.page("en", "AC/DC", html="<p>AC/DC are a band.</p>")
    internet.facts.redirect("en", "ACDC", "AC/DC")
    page = "/wikipedia/en/api/rest_v1/page/html"
    async with browser.session.get(f"{internet.url}{page}/ACDC") as response:
        assert await response.text() == "<p>AC/DC are a band.</p>"
    assert (await browser.get(f"{page}/Nobody"))[0] == 404
    assert internet.violations == []
    assert (await browser.get(f"{page}/AC/DC"))[0] == 404
    assert [violation.service for violation in internet.violations] == ["wikipedia"]


async def test_more_than_twenty_extracts_take_a_second_call(
    internet: Internet, browser: Browser
) -> None:
    internet.knows_everything = True
    titles = "|".join(f"Title {number}" for number in range(30))
    first = await browser.json(EXTRACTS, titles=titles)
    assert first["continue"]["excontinue"] == 20
    second = await browser.json(EXTRACTS, titles=titles, excontinue="20")
    assert "continue" not in second
    halves = [
        {page["title"] for page in answer["query"]["pages"] if "extract" in page}
        for answer in (first, second)
    ]
    assert [len(half) for half in halves] == [20, 10]
    assert not halves[0] & halves[1]


async def test_images_lie_where_the_hash_of_their_name_says(
    internet: Internet, browser: Browser
) -> None:
    async with browser.session.get(
        f"{internet.url}/commons/wiki/Special:FilePath/Example.jpg?width=1000"
    ) as response:
        assert response.status == 200
        assert response.url.path == "/upload/wikipedia/commons/a/a9/Example.jpg"
    internet.facts.cover(INKWELL, 1001, ["Front"])
    async with browser.session.get(
        f"{internet.url}/coverartarchive/release/{INKWELL}/1001-500.jpg"
    ) as response:
        assert response.status == 200
        assert response.content_type.startswith("image/")
    assert internet.violations == []


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (FANART.replace("?", "/?"), {}, 404),
        (FANART.partition("?")[0], {}, 401),
        (TADB.replace("/123/", "/2/"), {}, 404),
        (f"/theaudiodb/v2/json/lookup/artist_mb/{ADA}", {}, 400),
        (EXTRACTS + "&titles=Ada", {"User-Agent": ""}, 403),
        (EXTRACTS + "&titles=Ada", {"User-Agent": "Python/3.11 aiohttp/3.14"}, 403),
        (EXTRACTS + "&titles=Beyonc%25C3%25A9", {}, 200),
        (ENTITIES + "&ids=" + "|".join(f"Q{number}" for number in range(1, 52)), {}, 200),
        (ENTITIES + "&ids=Q1|Q0", {}, 200),
        ("/upload/wikipedia/commons/0/00/Wrong.jpg", {}, 404),
        ("/elsewhere", {}, 404),
    ],
)
async def test_wrong_use_is_answered_as_outside_and_recorded(
    internet: Internet, browser: Browser, path: str, headers: Mapping[str, str], status: int
) -> None:
    assert (await browser.get(path, **headers))[0] == status
    assert len(internet.violations) >= 1


async def test_a_premium_key_opens_the_second_version(internet: Internet, browser: Browser) -> None:
    internet.facts.artist(ADA, "Ada Quill")
    path = f"/theaudiodb/v2/json/lookup/artist_mb/{ADA}"
    status, body = await browser.get(path, **{"X-API-KEY": PREMIUM_KEY})
    assert (status, body["artists"][0]["strArtist"]) == (200, "Ada Quill")


async def test_posting_is_refused(internet: Internet, browser: Browser) -> None:
    async with browser.session.post(internet.url + FANART) as response:
        assert response.status == 405
    assert internet.violations[0].reason == "POST is not allowed"


async def test_limits_are_enforced_when_asked_for(internet: Internet, browser: Browser) -> None:
    internet.enforces_limits = True
    statuses = [(await browser.get(TADB))[0] for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    internet.wikipedia.hangs()
    waiting = [asyncio.create_task(browser.get(EXTRACTS + "&titles=A")) for _ in range(3)]
    await internet.wikipedia.asked(3)
    assert (await browser.get(ENTITIES + "&ids=Q1"))[0] == 429
    internet.recovers()
    assert [status for status, _ in await asyncio.gather(*waiting)] == [200] * 3


async def test_the_ledger_knows_who_asked_what_and_how_many_at_once(
    internet: Internet, browser: Browser
) -> None:
    internet.theaudiodb.hangs()
    waiting = [asyncio.create_task(browser.get(TADB)) for _ in range(4)]
    await internet.theaudiodb.asked(times=4)
    assert internet.theaudiodb.in_flight == 4
    internet.theaudiodb.recovers()
    await asyncio.gather(*waiting)
    assert internet.theaudiodb.most_at_once == 4
    assert internet.theaudiodb.per_minute() == 4
    assert internet.theaudiodb.statuses == {"200": 4}
    (first, *_) = internet.theaudiodb.requests_for(ADA)
    assert (first.method, first.query["i"]) == ("GET", ADA)
    assert first.user_agent == AGENT["User-Agent"]
    internet.forget()
    assert internet.theaudiodb.requests == []


async def test_who_waits_in_vain_is_told_what_for(internet: Internet, browser: Browser) -> None:
    with pytest.raises(AssertionError, match="asked 0 times"):
        await internet.fanart.asked(within=0.01)
    internet.fanart.hangs()
    waiting = asyncio.create_task(browser.get(FANART))
    await internet.fanart.asked()
    with pytest.raises(AssertionError, match="1 requests are still unanswered"):
        await internet.fanart.quiet(within=0.01)
    internet.recovers()
    await waiting


async def test_a_client_that_gives_up_is_in_flight_no_longer(
    internet: Internet, browser: Browser
) -> None:
    internet.fanart.hangs()
    giving_up = asyncio.create_task(browser.get(FANART))
    await internet.fanart.asked()
    giving_up.cancel()
    await internet.fanart.quiet()
    assert internet.fanart.statuses == {"none": 1}


async def test_faults_end_after_their_time_or_when_lifted(
    internet: Internet, browser: Browser
) -> None:
    internet.theaudiodb.fails_with(503, retry_after=7, times=1)
    async with browser.session.get(internet.url + TADB) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
    assert (await browser.get(TADB))[0] == 200
    internet.theaudiodb.fails_with(500)
    internet.theaudiodb.fails_with(502)
    assert [(await browser.get(TADB))[0] for _ in range(2)] == [502, 502]
    internet.recovers()
    assert (await browser.get(TADB))[0] == 200


async def test_a_fault_can_be_one_of_some_addresses_only(
    internet: Internet, browser: Browser
) -> None:
    internet.knows_everything = True
    internet.wikipedia.fails_with(500, path="titles=Ada Quill")
    assert (await browser.get(EXTRACTS + "&titles=Ada%20Quill"))[0] == 500
    assert (await browser.get(EXTRACTS + "&titles=Ben"))[0] == 200


async def test_a_delay_delays_and_ends_when_lifted(internet: Internet, browser: Browser) -> None:
    loop = asyncio.get_running_loop()
    internet.theaudiodb.delays(0.05)
    begin = loop.time()
    await browser.get(TADB)
    assert loop.time() - begin >= 0.05
    internet.theaudiodb.delays(600)
    waiting = asyncio.create_task(browser.get(TADB))
    await internet.theaudiodb.asked(2)
    internet.theaudiodb.recovers()
    assert (await asyncio.wait_for(waiting, 5))[0] == 200


async def test_answers_can_be_anything_but_right(internet: Internet, browser: Browser) -> None:
    internet.facts.artist(ADA, "Ada Quill")
    service = internet.theaudiodb
    service.answers(b"null")
    assert await browser.get(TADB) == (200, None)
    service.answers_html()
    assert (await browser.get(TADB))[1].startswith("<!DOCTYPE html>")
    service.answers_garbage()
    with pytest.raises(json.JSONDecodeError):
        await browser.get(TADB)
    service.answers_wrong_types(depth=0)
    assert isinstance((await browser.get(TADB))[1], list)
    service.answers_wrong_types(depth=1)
    assert isinstance((await browser.get(TADB))[1]["artists"], dict)
    service.answers_wrong_types(depth=3)
    assert (await browser.get(TADB))[1]["artists"][0]["strArtist"] == 7
    service.answers_nulls(depth=2)
    assert (await browser.get(TADB))[1] == {"artists": [None]}


@pytest.mark.parametrize("where", ["before", "headers", "body"])
async def test_connections_can_be_cut(internet: Internet, browser: Browser, where: Any) -> None:
    internet.fanart.cuts_connection(where)
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)):
        await browser.get(FANART)
    internet.fanart.recovers()
    assert internet.fanart.requests[0].status is None
    assert (await browser.get(FANART))[0] == 404


async def test_it_stops_although_requests_hang() -> None:
    async with aiohttp.ClientSession(headers=AGENT) as session:
        async with Internet() as internet:
            internet.fanart.hangs()
            waiting = asyncio.create_task(Browser(internet, session).get(FANART))
            await internet.fanart.asked()
        assert internet.fanart.in_flight == 0
        await asyncio.wait([waiting], timeout=5)
        assert waiting.done()
        waiting.exception()


async def test_a_server_that_is_down_refuses_and_comes_back_on_the_same_port(
    internet: Internet, browser: Browser
) -> None:
    await browser.get(TADB)
    url = internet.url
    await internet.down()
    with pytest.raises(aiohttp.ClientConnectionError):
        await browser.get(TADB)
    with pytest.raises(aiohttp.ClientConnectorError):
        await browser.get(TADB)
    await internet.up()
    assert internet.url == url
    assert (await browser.get(TADB))[0] == 200


@pytest.mark.parametrize("item", ["Q0", "Q", "P18", "Q01", "Q2147483648", "42"])
async def test_an_item_that_wikidata_could_not_have_is_not_taken(
    internet: Internet, item: str
) -> None:
    assert not is_item(item)
    with pytest.raises(ValueError, match="can be no Wikidata item"):
        internet.facts.artist(ADA, wikidata=item)


async def test_as_a_process_it_obeys_its_control_address_and_stops_when_told() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.internet", "--everything"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        async with asyncio.timeout(20):
            while not lines or not lines[-1].startswith("# "):
                lines.append((await process.stdout.readline()).decode())
        assert any(line.startswith("export FANART_URL=http://127.0.0.1:") for line in lines)
        control = lines[-1].removeprefix("# ").strip()
        tadb = control.replace("/__control", TADB)
        async with aiohttp.ClientSession(headers=AGENT) as session:

            async def command(do: str, service: str | None = None, **arguments: object) -> int:
                body = {"do": do, "with": arguments} | ({"service": service} if service else {})
                async with session.post(control, json=body) as response:
                    return response.status

            async def status() -> int:
                async with session.get(tadb) as response:
                    return response.status

            async def until(*, refuses: bool) -> None:
                async with asyncio.timeout(10):
                    while True:
                        try:
                            refused = await status() != 200
                        except aiohttp.ClientConnectionError:
                            refused = True
                        if refused == refuses:
                            return

            assert await status() == 200
            assert await command("fails_with", "theaudiodb", status=503) == 200
            assert await status() == 503
            assert await command("recovers") == 200
            assert await command("artist", mbid=ADA, tadb={}) == 200
            async with session.get(tadb) as response:
                assert await response.json() == {"artists": None}
            async with session.get(control) as response:
                theaudiodb = (await response.json())["services"]["theaudiodb"]
            assert theaudiodb["statuses"] == {"200": 2, "503": 1}
            async with session.get(control, params={"service": "theaudiodb"}) as response:
                assert [asked["status"] for asked in await response.json()] == [200, 503, 200]
            assert await command("explodes", "theaudiodb") == 400
            assert await command("fails_with", "theaudiodb", state=1) == 400
            assert await command("down") == 400
            assert await command("down", seconds=0.5) == 200
            await until(refuses=True)
            await until(refuses=False)
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 10)
    assert code == 0


PURGE = f"/cloudflare/client/v4/zones/{ZONE}/purge_cache"
PAGES = [f"https://lm.example.org/artist/{number}" for number in range(31)]


async def purge(browser: Browser, body: object, path: str = PURGE, token: str = TOKEN) -> Any:
    """Status, and whether Cloudflare says that it is a success."""
    headers = {"Authorization": f"Bearer {token}"}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = browser.internet.url + path
    async with browser.session.post(url, data=data, headers=headers) as response:
        return response.status, (await response.json())["success"]


async def test_cloudflare_purges_thirty_addresses_a_call(
    internet: Internet, browser: Browser
) -> None:
    assert await purge(browser, {"files": PAGES[:30]}) == (200, True)
    assert internet.violations == []
    assert await purge(browser, {"files": PAGES}) == (400, False)
    cloudflare = internet.service(Cloudflare)
    assert cloudflare.purged == PAGES[:30]
    assert len(internet.violations) == 1
    internet.forget()
    assert cloudflare.purged == cloudflare.calls == []


async def test_cloudflare_has_not_purged_what_it_does_not_say_it_has(
    internet: Internet, browser: Browser
) -> None:
    cloudflare = internet.service(Cloudflare)
    cloudflare.refuses(times=1)
    assert await purge(browser, {"files": PAGES[:1]}) == (200, False)
    cloudflare.not_ours = {PAGES[1]}
    assert await purge(browser, {"files": PAGES[:2]}) == (400, False)
    cloudflare.cuts_connection("body", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await purge(browser, {"files": PAGES[:1]})
    assert (cloudflare.purged, internet.violations) == ([], [])
    assert cloudflare.calls == [PAGES[:1], PAGES[:2], PAGES[:1]]


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (403, {"token": "another"}),
        (403, {"path": PURGE.replace(ZONE, "another")}),
        (400, {"body": {"files": []}}),
        (400, {"body": {"files": "https://lm.example.org"}}),
        (400, {"body": {"purge_everything": "yes"}}),
        (400, {"body": [PAGES[0]]}),
        (400, {"body": b"files"}),
        (400, {"body": {"files": ["/artist/1"]}}),
        (400, {"body": {"files": [None]}}),
    ],
)
async def test_cloudflare_refuses_what_the_real_one_refuses(
    internet: Internet, browser: Browser, status: int, wrong: dict[str, Any]
) -> None:
    request = {"body": {"files": PAGES[:1]}} | wrong
    assert await purge(browser, **request) == (status, False)
    assert [violation.service for violation in internet.violations] == ["cloudflare"]
    assert internet.service(Cloudflare).purged == []


async def test_cloudflare_purges_for_nobody_who_only_gets(
    internet: Internet, browser: Browser
) -> None:
    assert (await browser.get(PURGE))[0] == 405
    assert len(internet.violations) == 1


async def test_spotify_tells_names_to_whom_it_has_given_a_token(
    internet: Internet, browser: Browser
) -> None:
    internet.service(Spotify).artist("4Z8W4fKeB5YxbusRsdQVPb", "Radiohead")
    artist = "/spotify/v1/artists/4Z8W4fKeB5YxbusRsdQVPb"
    secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    async with browser.session.post(
        f"{internet.url}/{ACCOUNTS}/api/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {secret}"},
    ) as response:
        token = {"Authorization": f"Bearer {(await response.json())['access_token']}"}
    status, radiohead = await browser.get(artist, **token)
    assert (status, radiohead["name"]) == (200, "Radiohead")
    assert (await browser.get(f"/spotify/v1/artists/{'0' * 22}", **token))[0] == 404
    assert (await browser.get(f"/spotify/v1/artists/{'Z' * 22}", **token))[0] == 400
    assert (await browser.get(f"{artist}/top-tracks", **token))[0] == 403
    assert (await browser.get("/spotify/v1/artists?ids=a,b", **token))[0] == 403
    assert (await browser.get(f"{artist}/albums?limit=11", **token))[0] == 400
    assert internet.violations == []
    internet.service(Spotify).withdraws_tokens()
    assert (await browser.get(artist, **token))[0] == 401


@pytest.mark.parametrize("token", [{}, {"Authorization": "Bearer invented"}])
async def test_who_shows_spotify_no_token_of_its_own_is_seen(
    internet: Internet, browser: Browser, token: Mapping[str, str]
) -> None:
    assert (await browser.get("/spotify/v1/artists/4Z8W4fKeB5YxbusRsdQVPb", **token))[0] == 401
    assert "token" in internet.violations[0].reason
