"""A small catalogue of everything that goes wrong with MusicBrainz' data.

One function per trap, in the order of the documents it spoils. Everybody in it is invented but for
Various Artists, whose id has a meaning of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.catalogue.builder import Catalogue
from tests.catalogue.entities import Entity, mbid_of

if TYPE_CHECKING:
    from tests.catalogue.builder import Dated

VARIOUS_ARTISTS = "89ad4ac3-39f7-470e-963a-56509c546377"


def _artist(name: str) -> str:
    return mbid_of("artist", name)


def _album(name: str) -> str:
    return mbid_of("release_group", name)


def _release(name: str) -> str:
    return mbid_of("release", name)


ADA = _artist("Ada Quill")
ADA_MERGED = _artist("A. Quill")
BEN = _artist("Ben Rushlight")
NOBODY = _artist("Nobody in Particular")
SEA_CHOIR = _artist("海のコーラス")

INKWELL = _album("Inkwell")
INKWELL_MERGED = _album("Ink Well")
INKWELL_RELEASE_MERGED = _release("Ink Well (old entry)")
FIRST_DRAFT = mbid_of("track", "Inkwell/First Draft")
FIRST_DRAFT_MERGED = mbid_of("track", "First Draft (old entry)")
FIRST_DRAFT_RECORDING = mbid_of("recording", "First Draft")
FIRST_DRAFT_RECORDING_MERGED = mbid_of("recording", "First Draft (take 2)")

STATUSLESS = _album("Unstated")
PARTLY_STATUSLESS = _album("Half Stated")
FORMATLESS = _album("Shapeless")
BARE = _album("Bare")
IMPOSSIBLE_DATES = _album("Calendar of Errors")
PARTIAL_DATE_FIRST = _album("Sometime")
DATELESS = _album("Never")
SHUFFLED = _album("Shuffled")
LABELLED = _album("Labelled")
MIXED_TRACKS = _album("Moving Pictures Included")
LENGTHS = _album("Long and Unknown")
TYPELESS = _album("Whatever It Is")
GUESTS = _album("With Friends")
TOGETHER = _album("Together")
COMPILATION = _album("Everyone on One Disc")
LIVE_COMPILATION = _album("Live and Collected")

COVER_CHOSEN = _album("Chosen Cover")
COVER_FRONT_AND_BACK = _album("Wraparound")
COVER_UNTYPED = _album("Untyped Cover")
COVER_BACK_ONLY = _album("Only a Back")
COVER_EARLIEST_OFFICIAL = _album("Many Covers")
COVER_BOOTLEG_ONLY = _album("Bootleg Cover")

SERIES = mbid_of("series", "Letters")

CHOSEN_IMAGE = 1001
OTHER_FRONT_IMAGE = 1002
WRAPAROUND_IMAGE = 1003
UNTYPED_IMAGE = 1004
BACK_IMAGE = 1005
BOOTLEG_FRONT_IMAGE = 1006
EARLIEST_OFFICIAL_IMAGE = 1007
LATER_OFFICIAL_IMAGE = 1008
LONELY_BOOTLEG_IMAGE = 1009

LONGEST = 2_147_483_647  # the most that fits into the column, and into the client's number


def edge_cases() -> Catalogue:
    """Make the catalogue; `await edge_cases().write(connection)` puts it into a database."""
    catalogue = Catalogue()
    ada = _people(catalogue)
    ben = catalogue.artist("Ben Rushlight", sort_name="Rushlight, Ben", ended=True)
    inkwell = _ordinary_but_merged(catalogue, ada)
    _status_and_format(catalogue, ada)
    _dates(catalogue, ada)
    _orders(catalogue, ada)
    _labels(catalogue, ada)
    _tracks(catalogue, ada)
    _credits(catalogue, ada, ben)
    _covers(catalogue, ada)
    catalogue.series("Letters", inkwell, _typeless(catalogue, ada))
    return catalogue


def _people(catalogue: Catalogue) -> Entity:
    ada = catalogue.artist("Ada Quill", sort_name="Quill, Ada", comment="invented", rating=(85, 12))
    catalogue.merged(ada, "A. Quill")
    catalogue.alias(ada, "Ада Квилл", "ru", primary=True)
    catalogue.alias(ada, "Miss Quill", "en")
    catalogue.alias(ada, "Ada of the Inkwell")
    catalogue.link(ada, "https://www.wikidata.org/wiki/Q900000001")
    catalogue.link(ada, "https://open.spotify.com/artist/0000000000000000000000", "streaming music")
    catalogue.link(ada, "https://www.bbc.co.uk/music/artists/quill", "official homepage")
    catalogue.link(ada, "mailto:ada@catalogue.test", "official homepage")
    catalogue.link(ada, "urn:isbn:0000000000", "official homepage")
    catalogue.link(ada, "https://gone.catalogue.test/ada", "official homepage", ended=True)
    catalogue.genre("r&b", "k-pop", "children's music", "música criolla", "dub", "never used")
    catalogue.tag(
        ada,
        {
            "r&b": 3,
            "k-pop": 3,
            "children's music": 5,
            "música criolla": 1,
            "dub": 0,
            "never used": -2,
            "seen live": 9,
        },
    )
    catalogue.artist("Nobody in Particular", kind=None, meta=False)
    catalogue.artist("海のコーラス", sort_name="Umi no Koorasu", kind="Choir")
    return ada


def _ordinary_but_merged(catalogue: Catalogue, ada: Entity) -> Entity:
    """Every level of this album has absorbed another entry."""
    album = catalogue.release_group(ada, "Inkwell", date="2003-07-09", rating=(70, 4))
    catalogue.merged(album, "Ink Well")
    catalogue.alias(album, "Чернильница", "ru", primary=True)
    catalogue.link(album, "https://www.discogs.com/master/0", "discogs")
    catalogue.link(album, "urn:ean:0000000000000", "discogs")
    catalogue.link(album, "https://gone.catalogue.test/inkwell", "discogs", ended=True)
    catalogue.tag(album, {"r&b": 2, "dub": 7, "k-pop": -1, "owned": 4})
    release = catalogue.release(album, dates={"GB": "2003-07-09"}, labels=[("Nib", "NIB 1")])
    catalogue.merged(release, "Ink Well (old entry)")
    medium = catalogue.medium(release)
    track = catalogue.track(medium, "First Draft")
    catalogue.merged(track, "First Draft (old entry)")
    recording = catalogue.recording("First Draft", by=ada)
    catalogue.merged(recording, "First Draft (take 2)")
    catalogue.track(medium, "Second Draft")
    return album


def _status_and_format(catalogue: Catalogue, ada: Entity) -> None:
    unstated = catalogue.release_group(ada, "Unstated", date="1990")
    catalogue.medium(catalogue.release(unstated, status=None, dates={"": "1990"}), "Unsaid")
    half = catalogue.release_group(ada, "Half Stated", date="1991")
    catalogue.medium(catalogue.release(half, "Half Stated (US)", dates={"US": "1991"}), "Said")
    catalogue.medium(catalogue.release(half, "Half Stated (?)", status=None), "Unheard")
    shapeless = catalogue.release(catalogue.release_group(ada, "Shapeless", date="1992"))
    catalogue.medium(shapeless, "On Something", medium_format=None)
    catalogue.medium(shapeless, "On a Record", medium_format='12" Vinyl', title="The Record")
    catalogue.release_group(ada, "Bare", date="1993")


def _dates(catalogue: Catalogue, ada: Entity) -> None:
    errors = catalogue.release_group(ada, "Calendar of Errors", date="2001-02-30")
    impossible: dict[str, Dated] = {
        "30 February": "2001-02-30",
        "Month 13": "2001-13-01",
        "Year 0": "0000-01-01",
        "Day Without Year": (None, None, 7),
        "Month Without Year": (None, 5, None),
    }
    for name, date in impossible.items():
        catalogue.medium(catalogue.release(errors, name, dates={"GB": date}), f"{name} Song")
    possible = catalogue.release(errors, "29 February", dates={"GB": "2004-02-29"})
    catalogue.medium(possible, "Leap Song")

    sometime = catalogue.release_group(ada, "Sometime", date="2001")
    dates = {"GB": "2003-07-09", "US": "2001", "JP": "2001-06"}
    catalogue.medium(catalogue.release(sometime, dates=dates), "Once")

    never = catalogue.release_group(ada, "Never")
    catalogue.medium(catalogue.release(never), "No Time")
    catalogue.medium(catalogue.release(never, "Never (GB)", dates={"GB": None}), "No Hour")


def _orders(catalogue: Catalogue, ada: Entity) -> None:
    """Written in no order at all, so that only a query that sorts gets it right."""
    album = catalogue.release_group(
        ada, "Shuffled", date="2010-05-05", secondary=["Remix", "Compilation"]
    )
    for name, date in {"Third": "2012", "First": "2010-05-05", "Second": "2011-03"}.items():
        release = catalogue.release(
            album,
            f"Shuffled ({name})",
            dates={"US": date, "DE": date, "XW": date},
            labels=[("Zebra", None), ("Aardvark", None)],
        )
        for position in (2, 1):
            medium = catalogue.medium(release, position=position)
            for number in (3, 1, 2):
                title = f"{name} {position}.{number}"
                catalogue.track(medium, title, position=number)


def _labels(catalogue: Catalogue, ada: Entity) -> None:
    catalogue.ended_label("Dried Up")
    album = catalogue.release_group(ada, "Labelled", date="1999")
    labels = [("Nib", "NIB 7"), ("Nib", "NIB 7-2"), ("Dried Up", "DRY 1")]
    catalogue.medium(catalogue.release(album, dates={"GB": "1999"}, labels=labels), "Sticker")


def _tracks(catalogue: Catalogue, ada: Entity) -> None:
    mixed = catalogue.release_group(ada, "Moving Pictures Included", date="2005")
    medium = catalogue.medium(catalogue.release(mixed, dates={"GB": "2005"}))
    catalogue.track(medium, "Hidden Before the Start", position=0, number="0")
    catalogue.track(medium, "Audible", number="A1")
    film = catalogue.recording("The Film", by=ada, video=True)
    catalogue.track(medium, "The Film", recording=film)
    catalogue.track(medium, "The Software", data=True)

    lengths = catalogue.release_group(ada, "Long and Unknown", date="2006")
    medium = catalogue.medium(catalogue.release(lengths, dates={"GB": "2006"}))
    catalogue.track(medium, "Longest", length=LONGEST)
    catalogue.track(medium, "Longest Again", length=LONGEST)
    catalogue.track(medium, "Nobody Timed It", length=None)


def _typeless(catalogue: Catalogue, ada: Entity) -> Entity:
    album = catalogue.release_group(ada, "Whatever It Is", kind=None, date="2007")
    catalogue.medium(catalogue.release(album, dates={"GB": "2007"}), "It")
    return album


def _credits(catalogue: Catalogue, ada: Entity, ben: Entity) -> None:
    guest = catalogue.artist("Cleo Ampersand", kind="Person")
    catalogue.merged(guest, "C. Ampersand")
    friends = catalogue.release_group(ada, "With Friends", date="2008")
    medium = catalogue.medium(catalogue.release(friends, dates={"GB": "2008"}))
    catalogue.track(medium, "Alone")
    catalogue.track(medium, "Visited", by=[guest, " feat. ", ada])
    catalogue.track(medium, "Visited Again", by=guest)

    together = catalogue.release_group([ada, " & ", ben], "Together", date="2009")
    catalogue.medium(catalogue.release(together, dates={"GB": "2009"}), "Duet")

    various = catalogue.artist("Various Artists", mbid=VARIOUS_ARTISTS, kind="Other")
    disc = catalogue.release_group(
        various, "Everyone on One Disc", date="2011", secondary=["Compilation"]
    )
    medium = catalogue.medium(catalogue.release(disc, dates={"GB": "2011"}))
    catalogue.track(medium, "Ada's Turn", by=ada)
    catalogue.track(medium, "Ben's Turn", by=ben)

    collected = catalogue.release_group(
        ben, "Live and Collected", date="2012", secondary=["Live", "Compilation"]
    )
    catalogue.medium(catalogue.release(collected, status="Promotion"), "Encore")


def _covers(catalogue: Catalogue, ada: Entity) -> None:
    chosen = catalogue.release_group(ada, "Chosen Cover", date="1980")
    early = catalogue.release(chosen, "Chosen Cover (first)", dates={"GB": "1980"})
    late = catalogue.release(chosen, "Chosen Cover (later)", dates={"GB": "1985"})
    catalogue.image(early, "Front", number=OTHER_FRONT_IMAGE)
    catalogue.image(late, "Front", number=CHOSEN_IMAGE)
    catalogue.chosen_cover(chosen, late)

    wraparound = catalogue.release(catalogue.release_group(ada, "Wraparound", date="1981"))
    catalogue.image(wraparound, "Front", "Back", "Spine", number=WRAPAROUND_IMAGE)

    untyped = catalogue.release(catalogue.release_group(ada, "Untyped Cover", date="1982"))
    catalogue.image(untyped, number=UNTYPED_IMAGE)

    back = catalogue.release(catalogue.release_group(ada, "Only a Back", date="1983"))
    catalogue.image(back, "Back", number=BACK_IMAGE)

    many = catalogue.release_group(ada, "Many Covers", date="1984")
    later = catalogue.release(many, "Many Covers (later)", dates={"GB": "1986"})
    first = catalogue.release(many, "Many Covers (first)", dates={"GB": "1984"})
    bootleg = catalogue.release(
        many, "Many Covers (bootleg)", status="Bootleg", dates={"GB": "1979"}
    )
    catalogue.image(later, "Front", number=LATER_OFFICIAL_IMAGE)
    catalogue.image(bootleg, "Front", number=BOOTLEG_FRONT_IMAGE)
    catalogue.image(first, "Front", number=EARLIEST_OFFICIAL_IMAGE, ordering=2)

    stolen = catalogue.release_group(ada, "Bootleg Cover", date="1987")
    only = catalogue.release(stolen, status="Bootleg", dates={"GB": "1987"})
    catalogue.image(only, "Front", number=LONELY_BOOTLEG_IMAGE)
    for release in (early, late, wraparound, untyped, back, later, first, bootleg, only):
        catalogue.medium(release, f"Sleeve of {release.name}")
