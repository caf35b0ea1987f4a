"""What an operator sets is to be seen in the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.singers import (
    DISC,
    KINO,
    LATIN,
    NAMES,
    SEA_CHOIR,
    SINGERS,
    heard,
    item,
    without_albums,
)
from tests.catalogue import edge_cases as edge

if TYPE_CHECKING:
    from tests.conftest import Client, MakeClient
    from tests.dumps import Database
    from tests.internet import Internet

PATIENT = {"ANSWER_BUDGET": 20.0}


@pytest.mark.parametrize(
    ("languages", "overview"),
    [
        (["en", "de"], "Singer 0 sings."),
        (["de", "en"], "Singer 0 singt."),
        (["fr", "de"], "chanteuse"),
        (["it", "de"], "Singer 0 singt."),
        (["it"], ""),
    ],
)
async def test_overviews_are_in_the_first_language_there_is_one_in(
    client_of: MakeClient,
    known: Internet,
    settings: dict[str, Any],
    languages: list[str],
    overview: str,
) -> None:
    known.facts.artist(
        SINGERS[0],
        NAMES[0],
        wikidata=item(0),
        extracts={"en": "Singer 0 sings.", "de": "Singer 0 singt."},
        descriptions={"fr": "chanteuse"},
        tadb={},
    )
    server = await client_of(**{**settings, **PATIENT, "OVERVIEW_LANGUAGES": languages})
    assert (await server.artist(SINGERS[0]))["overview"] == overview


@pytest.mark.parametrize(
    ("providers", "heard_of"),
    [
        (["musicbrainz_db"], set()),
        (["musicbrainz_db", "theaudiodb"], {"theaudiodb"}),
        (["fanart", "wikipedia", "musicbrainz_db"], {"fanart", "wikipedia"}),
    ],
)
async def test_a_provider_that_is_not_listed_is_not_asked(
    client_of: MakeClient,
    known: Internet,
    settings: dict[str, Any],
    providers: list[str],
    heard_of: set[str],
) -> None:
    server = await client_of(**{**settings, **PATIENT, "PROVIDERS": providers})
    assert heard(await server.artist(SINGERS[0])) == heard_of
    asked = {name for name, service in known.services.items() if service.total}
    assert asked == heard_of | ({"wikidata"} if "wikipedia" in heard_of else set())


async def test_the_provider_listed_first_gives_the_overview(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    known.facts.artist(
        SINGERS[0], NAMES[0], wikidata=item(0), tadb={"strBiographyEN": "Born to sing."}
    )
    for order in (["theaudiodb", "wikipedia"], ["wikipedia", "theaudiodb"]):
        server = await client_of(**{**settings, **PATIENT, "PROVIDERS": ["musicbrainz_db", *order]})
        overview = (await server.artist(SINGERS[0]))["overview"]
        assert (overview == "Born to sing.") is (order[0] == "theaudiodb")


async def test_images_lead_to_the_image_cache_and_say_where_they_are_from(
    client_of: MakeClient, known: Internet, settings: dict[str, Any]
) -> None:
    cache = "https://images.catalogue.test/cache"
    server = await client_of(**{**settings, **PATIENT, "IMAGE_CACHE_URL": cache})
    album = await server.album(DISC)
    documents = [await server.artist(SINGERS[0]), album, *album["artists"]]
    images = [image for document in documents for image in document["images"]]
    assert len(images) > 90
    for image in images:
        assert image["Url"] == f"{cache}/{image['remoteUrl']}"
        assert not image["remoteUrl"].startswith(cache)


async def named(server: Client, mbid: str) -> tuple[str, str]:
    artist = await server.artist(mbid)
    return artist["artistname"], artist["sortname"]


async def test_names_stay_as_the_artists_write_them_unless_told_otherwise(
    client_of: MakeClient, singers: Database
) -> None:
    server = await client_of(DATABASE=singers)
    assert await named(server, KINO) == ("Кино", "Кино")
    assert await named(server, SEA_CHOIR) == ("海のコーラス", "Umi no Koorasu")


async def test_a_name_in_other_letters_gives_way_to_the_main_alias_of_a_preferred_language(
    client_of: MakeClient, singers: Database
) -> None:
    server = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["it", "en", "fr"])
    assert await named(server, KINO) == ("Kino", "Kino")
    assert (await server.artist(KINO))["artistaliases"][0] == "Кино"
    french = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["fr", "en"])
    assert (await named(french, KINO))[0] == "Le Cinéma"


async def test_without_a_main_alias_any_of_the_language_will_do_but_a_legal_name_last(
    client_of: MakeClient, singers: Database
) -> None:
    server = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["en", "de"])
    assert await named(server, SEA_CHOIR) == ("Sea Choir", "Choir, Sea")
    assert "海のコーラス" in (await server.artist(SEA_CHOIR))["artistaliases"]


async def test_a_name_that_can_be_read_or_has_no_such_alias_stays(
    client_of: MakeClient, singers: Database
) -> None:
    server = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["en"])
    assert (await named(server, LATIN))[0] == "Zoë Légère"
    swedish = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["sv"])
    assert (await named(swedish, KINO))[0] == "Кино"


async def test_an_artist_goes_by_the_same_name_in_an_album(
    client_of: MakeClient, singers: Database
) -> None:
    server = await client_of(DATABASE=singers, PREFERRED_ALIAS_LOCALES=["en"])
    entries = {artist["id"]: artist for artist in (await server.album(DISC))["artists"]}
    assert entries[KINO]["artistname"] == "Kino"
    assert entries[KINO] == without_albums(await server.artist(KINO))


async def test_media_of_formats_nobody_wants_are_left_out_tracks_and_all(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    server = await client_of(DATABASE=edge_catalogue, EXCLUDED_MEDIA_FORMATS=['12" Vinyl'])
    (release,) = (await server.album(edge.FORMATLESS))["Releases"]
    assert [medium["Format"] for medium in release["Media"]] == [""]
    assert [track["TrackName"] for track in release["Tracks"]] == ["On Something"]
    assert release["TrackCount"] == 1


async def test_a_release_that_has_no_other_media_keeps_them(
    client_of: MakeClient, edge_catalogue: Database
) -> None:
    everything = await client_of(DATABASE=edge_catalogue)
    server = await client_of(DATABASE=edge_catalogue, EXCLUDED_MEDIA_FORMATS=["CD"])
    assert await server.album(edge.INKWELL) == await everything.album(edge.INKWELL)
