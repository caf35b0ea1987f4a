"""Words that MusicBrainz keeps in another form than people read them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

# A letter that begins a word: not after a letter, a digit or an apostrophe ("Children's" has one
# word).
_WORD_START = re.compile(r"(?<![\w'’])[^\W\d_]")

# Second-level names that mean no one in particular: bbc.co.uk is "bbc", nla.gov.au is "nla".
_SHARED = frozenset({"ac", "co", "com", "edu", "gen", "go", "gov", "ne", "net", "or", "org"})


def genre_title(name: str) -> str:
    """A genre as it is displayed: `r&b` is `R&B`, `música criolla` is `Música Criolla`.

    Not done by the database: in the C locale of a MusicBrainz mirror `initcap` knows ASCII only.
    """
    return _WORD_START.sub(lambda match: match[0].title(), name)


def is_latin(name: str) -> bool:
    """Whether the letters of a name, if it has any, are mostly Latin ones, accents and all.

    Mostly: a borrowed letter (µ-Ziq, KoЯn) or a mark that counts as one (Kamakawiwoʻole) keeps
    nobody from reading a name.
    """
    letters = [letter for letter in name if letter.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return 2 * latin > len(letters) or not letters


def link_type(url: str) -> str:
    """The word people know a site by: `open.spotify.com` is `spotify`, `www.bbc.co.uk` is `bbc`.

    An address without a host (`mailto:`, `urn:`) goes by its scheme.
    """
    try:
        parts = urlsplit(url)
        labels = (parts.hostname or "").split(".")
    except ValueError:
        return "link"
    if labels == [""]:
        return parts.scheme or "link"
    if len(labels) > 1:
        labels.pop()
    if len(labels) > 1 and labels[-1] in _SHARED:
        labels.pop()
    return labels[-1] or "link"
