"""Plausible answers for an id about which a test says nothing: distinct, and always the same."""

from __future__ import annotations

import zlib
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["artist", "album"]

_FANART_KEYS: Mapping[Kind, Mapping[str, str]] = {
    "artist": {
        "artistbackground": "jpg",
        "artistthumb": "jpg",
        "hdmusiclogo": "png",
        "musiclogo": "png",
        "musicbanner": "jpg",
    },
    "album": {"albumcover": "jpg", "cdart": "png"},
}
_TADB_IMAGES: Mapping[Kind, Mapping[str, str]] = {
    "artist": {
        "strArtistThumb": "jpg",
        "strArtistLogo": "png",
        "strArtistFanart": "jpg",
        "strArtistFanart2": "jpg",
        "strArtistBanner": "jpg",
    },
    "album": {"strAlbumThumb": "jpg", "strAlbumCDart": "png"},
}
# fmt: off
_TADB_LANGUAGES = [
    "EN", "DE", "FR", "IT", "JP", "RU", "ES", "PT", "SE", "NL", "HU", "NO", "IL", "PL", "CN",
]
# fmt: on


def number(text: str) -> int:
    """A number of nine digits that only this text has, but for accidents."""
    return 100_000_000 + zlib.crc32(text.encode()) % 900_000_000


def name_of(kind: Kind, mbid: str) -> str:
    """Artist 0383dadf, Album 0383dadf."""
    return f"{kind.capitalize()} {mbid[:8]}"


def item_of(text: str) -> str:
    """Id of a Wikidata item."""
    return f"Q{number(text)}"


def image(mbid: str) -> str:
    """File name at Commons."""
    return f"Portrait of {mbid[:8]}.jpg"


def article(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Titles and descriptions by language."""
    titles = {"en": name, "de": f"{name} (Musik)"}
    return titles, {"en": f"music by {name}", "de": f"Musik von {name}"}


def extract(title: str, language: str) -> str:
    """The beginning of an article as plain text."""
    return f"{title} is what this article in language {language} is about. Much is said of {title}."


def html(title: str, text: str) -> str:
    """An article as HTML, with everything in it that is no text: box, note, marks, spoken name."""
    name, rest = escape(title), escape(text.removeprefix(title))
    bold = f"<b>{name}</b> (<span>/ˈneɪm/</span>)" if text.startswith(title) else ""
    return (
        f"<!DOCTYPE html><html><head><title>{name}</title></head><body><section>"
        f'<div role="note" class="hatnote">For others see <a href="./Other">Other</a>.</div>'
        f'<table class="infobox"><tbody><tr><th>{name}</th></tr><tr><td><p>Origin</p></td></tr>'
        f'</tbody></table><p class="mw-empty-elt"></p>'
        f'<p>{bold}{rest}<sup class="reference"><a href="#1">[1]</a></sup></p>'
        f"<p>A second paragraph.</p></section></body></html>"
    )


def fanart(kind: Kind, mbid: str) -> dict[str, list[str]]:
    """Addresses of two images of each kind, the more liked one first."""
    return {
        key: [f"https://assets.fanart.tv/fanart/{mbid}-{key}-{index}.{ending}" for index in (1, 2)]
        for key, ending in _FANART_KEYS[kind].items()
    }


def liked(key: str, urls: Sequence[str]) -> list[dict[str, str]]:
    """Images in fanart.tv's form, each less liked than the one before; numbers are texts there."""
    images = []
    for index, url in enumerate(urls):
        entry = {"id": str(number(url)), "url": url, "likes": str(len(urls) - index)}
        if key == "cdart":
            entry |= {"disc": str(index + 1), "size": "1000"}
        images.append(entry)
    return images


def tadb_ids(kind: Kind, mbid: str, name: str) -> dict[str, str | None]:
    """What every record of TheAudioDB has; numbers are texts there."""
    if kind == "artist":
        return {"idArtist": str(number(mbid)), "strArtist": name, "strMusicBrainzID": mbid}
    return {"idAlbum": str(number(mbid)), "strAlbum": name, "strMusicBrainzID": mbid}


def tadb(kind: Kind, mbid: str, name: str) -> dict[str, str | None]:
    """A record of TheAudioDB; what it lacks is null there."""
    record = tadb_ids(kind, mbid, name)
    for key, ending in _TADB_IMAGES[kind].items():
        folder = f"https://r2.theaudiodb.com/images/media/{kind}/{key[3:].lower()}"
        record[key] = f"{folder}/{mbid}.{ending}"
    texts = "strBiography" if kind == "artist" else "strDescription"
    record |= {f"{texts}{language}": None for language in _TADB_LANGUAGES}
    record[f"{texts}EN"] = f"{name} has a biography at TheAudioDB."
    record[f"{texts}DE"] = f"{name} hat eine Biografie bei TheAudioDB."
    if kind == "artist":
        page = f"artist-{mbid[:8]}"
        record |= {
            "strWebsite": f"www.{page}.example",
            "strFacebook": f"www.facebook.com/{page}",
            "strTwitter": f"www.twitter.com/{page}",
            "strLastFMChart": f"http://www.last.fm/music/{page}/+charts?rangetype=6month",
        }
    return record
