"""Thirty singers and a disc by all of them.

Every service contributes something no other has, so that an answer shows who was heard: fanart.tv
the banner, TheAudioDB the logo and a link, Wikidata and Wikipedia the poster and the overview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.catalogue.builder import Catalogue
from tests.catalogue.edge_cases import VARIOUS_ARTISTS
from tests.catalogue.entities import mbid_of

if TYPE_CHECKING:
    from tests.catalogue.entities import Medium
    from tests.internet import Internet

COUNT = 30
NAMES = [f"Singer {number}" for number in range(COUNT)]
SINGERS = [mbid_of("artist", name) for name in NAMES]
DISC = mbid_of("release_group", "Thirty Voices")
SOLO = mbid_of("release_group", "One Voice")
UNHEARD = mbid_of("artist", "Unheard Of")
KINO = mbid_of("artist", "Кино")
SEA_CHOIR = mbid_of("artist", "海のコーラス")
LATIN = mbid_of("artist", "Zoë Légère")
COVER_IMAGE = 501
ARTIST_NAME, LEGAL_NAME = 1, 2  # MusicBrainz' types of aliases
BUDGET = 0.2  # seconds for an answer
PATIENCE = 0.5  # seconds for a service

# What the answer shows of each provider; Wikidata and Wikipedia are asked one after the other.
PROVIDER_OF = {
    "fanart": "fanart",
    "theaudiodb": "theaudiodb",
    "wikidata": "wikipedia",
    "wikipedia": "wikipedia",
}
EVERYBODY = set(PROVIDER_OF.values())


def choir() -> Catalogue:
    """The catalogue."""
    catalogue = Catalogue()
    various = catalogue.artist("Various Artists", mbid=VARIOUS_ARTISTS, kind="Other")
    singers = [catalogue.artist(name) for name in NAMES]
    for number, singer in enumerate(singers):
        catalogue.link(singer, f"https://www.wikidata.org/wiki/{item(number)}")
    disc = catalogue.release_group(various, "Thirty Voices", date="2011", secondary=["Compilation"])
    catalogue.link(disc, f"https://www.wikidata.org/wiki/{item(COUNT)}")
    release = catalogue.release(disc, dates={"GB": "2011"})
    catalogue.image(release, "Front", number=COVER_IMAGE)
    medium = catalogue.medium(release)
    for singer in singers:
        catalogue.track(medium, f"{singer.name}'s Turn", by=singer)
    solo = catalogue.release_group(singers[0], "One Voice", date="2012")
    catalogue.medium(catalogue.release(solo, dates={"GB": "2012"}), "Alone")
    catalogue.artist("Unheard Of")
    _in_other_letters(catalogue, medium)
    return catalogue


def _in_other_letters(catalogue: Catalogue, medium: Medium) -> None:
    kino = catalogue.artist("Кино", sort_name="Кино")
    catalogue.alias(kino, "Cinema", "en")
    catalogue.alias(kino, "Kino", "en", primary=True)
    catalogue.alias(kino, "Le Cinéma", "fr", primary=True)
    catalogue.track(medium, "Перемен", by=kino)
    choir = catalogue.artist("海のコーラス", sort_name="Umi no Koorasu", kind="Choir")
    catalogue.alias(choir, "Umi", "de", primary=True)
    for name, sort_name, legal in (
        ("A Choir Ltd", "A Choir Ltd", True),
        ("Sea Choir", "Choir, Sea", False),
        ("Sea Chorus", "Chorus, Sea", False),
    ):
        catalogue.rows.add(
            "artist_alias",
            artist=choir.row,
            name=name,
            sort_name=sort_name,
            locale="en",
            type=LEGAL_NAME if legal else ARTIST_NAME,
            primary_for_locale=False,
        )
    latin = catalogue.artist("Zoë Légère", sort_name="Légère, Zoë")
    catalogue.alias(latin, "Zoe Legere", "en", primary=True)


def item(number: int) -> str:
    """The Wikidata item of a singer."""
    return f"Q{1000 + number}"


def known_by(internet: Internet) -> None:
    """Tell the services about everybody."""
    for number, (mbid, name) in enumerate(zip(SINGERS, NAMES, strict=True)):
        internet.facts.artist(
            mbid,
            name,
            wikidata=item(number),
            titles={"en": name},
            extracts={"en": f"{name} sings."},
            image=f"{name}.jpg",
            fanart={"musicbanner": [f"https://assets.fanart.tv/{mbid}/banner.jpg"]},
            tadb={
                "strArtistLogo": f"https://r2.theaudiodb.com/{mbid}/logo.png",
                "strWebsite": f"www.{mbid}.example",
            },
        )
    internet.facts.album(
        DISC,
        "Thirty Voices",
        wikidata=item(COUNT),
        titles={"en": "Thirty Voices"},
        extracts={"en": "Thirty Voices is a disc."},
        fanart={"cdart": ["https://assets.fanart.tv/disc.png"]},
        tadb={},
    )


def heard(artist: dict[str, Any]) -> set[str]:
    """The providers of whom there is something in this artist."""
    kinds = {image["CoverType"] for image in artist["images"]}
    shown = {
        "fanart": "Banner" in kinds,
        "theaudiodb": "Logo" in kinds,
        "wikipedia": "Poster" in kinds,
    }
    assert shown["wikipedia"] == bool(artist["overview"])
    assert shown["theaudiodb"] == any(".example" in link["target"] for link in artist["links"])
    return {provider for provider, is_shown in shown.items() if is_shown}


def without_albums(artist: dict[str, Any]) -> dict[str, Any]:
    """The artist as it stands in an album."""
    return {key: value for key, value in artist.items() if key != "Albums"}
