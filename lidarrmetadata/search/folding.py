"""What is the same in two spellings of a name.

Three forms, each for another question:

    spelling("The La’s")  "the la's"           is it the very name, as a keyboard writes it?
    words("The La’s")     ("the", "las")       which words is it made of?
    keys("The La’s")      ("thelas", "las")    is it the same but for article, punctuation, "&"?
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 500
"""Characters of a name or query that are looked at: the longest real names are half of that."""

_LONGEST_KEY = 120  # characters; two names that differ only beyond are taken for the same

# Marks on Latin, Greek and Cyrillic letters, and vowel points of Hebrew and Arabic, which people
# leave out. Those of other scripts are letters: Thai and Hindi cannot be read without.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ŋ": "n",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ی": "ي",
        "ى": "ي",
        "ک": "ك",
        "ة": "ه",
        "ƒ": "f",
        "ə": "e",
        **dict.fromkeys("‘’‚‛′`´ʹʻʼʽˈ＇", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−⁃﹘﹣", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"),
        **dict.fromkeys("⁄∕⧸", "/"),
        "×": "x",
        "…": "...",
    }
)
_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}

_ARTICLES = frozenset(
    [
        *("the", "a", "an", "le", "la", "les", "el", "los", "las", "die", "der", "das"),
        *("il", "lo", "gli", "os"),
    ]
)
_ENGLISH_BEHIND = (", the", ", a", ", an")

# Letters that stand for others, but only beside letters: "A$AP", "Ke$ha", "P!nk", not "!!!".
_SIGNS = re.compile("[&'+$!.]")
_DOLLAR = re.compile(r"\$(?=[a-z])|(?<=[a-z])\$")
_BANG = re.compile(r"(?<=[a-z])!(?=[a-z])")
_PLUS = re.compile(r"(?:^|(?<=\s))\+(?=\s)")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
# Signs for vowels and tones, no letters to Unicode, are parts of words in the scripts of India and
# South-East Asia.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])+"
)
_ASCII_WORD = re.compile("[a-z0-9]+")
_EDITIONS = (
    r"\b(?:edition|deluxe|remaster(?:ed)?|expanded|anniversary|bonus|explicit|reissue|"
    r"dis[ck] ?\d+|cd ?\d+)\b"
)
_EDITION = re.compile(
    rf"(?:\s*[(\[][^()\[\]]*{_EDITIONS}[^()\[\]]*[)\]])+\s*\Z"
    r"|\s[-–]\s[^-–]*\b(?:edition|remaster(?:ed)?)\s*\Z",
    re.IGNORECASE,
)
# Scripts without spaces between words: each sign is a word, and words in order are a part of it.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
    "|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)


def spelling(text: str) -> str:
    """The name in one case, without accents, with the quotes and dashes of a keyboard."""
    return _folded(text)[0]


def words(text: str) -> tuple[str, ...]:
    """The words of the name, without punctuation; "and" for every way to write it.

    None at all if it is made of punctuation.
    """
    return _folded(text)[1]


def keys(text: str) -> tuple[str, ...]:
    """What is the same for names that differ in article, punctuation, spaces or "&" at most.

    One or two: with the leading article and without. Two names are the same if they share one.
    """
    return _folded(text)[2]


# All three are wanted of nearly every name, and of the names of a search's candidates repeatedly.
@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    text = text[:LONGEST]
    plain = _spelling_of_ascii(text) if text.isascii() else _spelling(text)
    if plain.isascii() and plain.isalnum():  # one word, as a third of all names is
        return plain, (plain,), (plain[:_LONGEST_KEY],)
    all_words = _words(plain)
    return plain, all_words, _keys(plain, all_words)


def _spelling_of_ascii(text: str) -> str:
    return " ".join(text.lower().replace("`", "'").replace("\0", " ").split())


def _spelling(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode("utf-8", "ignore").replace("\0", " ")
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    text = unicodedata.normalize("NFC", _MARKS.sub("", text).translate(_LETTERS))
    return " ".join(text.split())[:LONGEST].rstrip()  # one character may have become eighteen


def _words(plain: str) -> tuple[str, ...]:
    if _SIGNS.search(plain):
        plain = plain.replace("&", " and ").replace("'", "")
        plain = _DOLLAR.sub("s", _PLUS.sub("and", plain))
        plain = _ACRONYM.sub(_without_points, _BANG.sub("i", plain))
    if plain.isascii():
        return tuple(_ASCII_WORD.findall(plain))
    plain = plain.translate(_KATAKANA)
    plain = _UNSPACED.sub(lambda found: f" {found[0]} ", plain)
    return tuple(_WORD.findall(plain))


def _without_points(found: re.Match[str]) -> str:
    return found[0].replace(".", "") + " "


def _keys(plain: str, all_words: tuple[str, ...]) -> tuple[str, ...]:
    whole = "".join(all_words)[:_LONGEST_KEY]
    if len(all_words) > 1:
        if plain.split(" ", 1)[0] in _ARTICLES:
            return (whole, "".join(all_words[1:])[:_LONGEST_KEY])
        if plain.endswith(_ENGLISH_BEHIND):  # "Beatles, The", as names are sorted
            return (whole, "".join(all_words[:-1])[:_LONGEST_KEY])
    elif not all_words:
        return (plain.replace(" ", "")[:_LONGEST_KEY],) if plain else ()
    return (whole,)


def without_edition(text: str) -> str:
    """The text without what tells an edition of an album at its end, unless nothing is left.

    That is how files are tagged: "Nevermind (Remastered)", "Born to Die - The Paradise Edition".
    """
    return _EDITION.sub("", text[:LONGEST]).rstrip() or text


def significant(all_words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without articles and "and", unless nothing else is left."""
    kept = tuple(word for word in all_words if word not in _ARTICLES and word != "and")
    return kept or all_words
