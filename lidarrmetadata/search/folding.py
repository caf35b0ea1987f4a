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
_ENGLISH = ("the", "a", "an")

# Letters that stand for others, but only beside letters: "A$AP", "Ke$ha", "P!nk", not "!!!".
_DOLLAR = re.compile(r"\$(?=[a-z])|(?<=[a-z])\$")
_BANG = re.compile(r"(?<=[a-z])!(?=[a-z])")
_PLUS = re.compile(r"(?:^|(?<=\s))\+(?=\s)")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_WORD = re.compile(r"[^\W_]+(?:[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+[^\W_]*)*")
_ASCII_WORD = re.compile("[a-z0-9]+")
# Scripts without spaces between words: each sign is a word, and words in order are a part of it.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
    "|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_NO_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def spelling(text: str) -> str:
    """The name in one case, without accents, with the quotes and dashes of a keyboard."""
    text = text[:LONGEST]
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").replace("\0", " ").split())
    text = text.encode("utf-8", "ignore").decode("utf-8", "ignore").replace("\0", " ")
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    text = unicodedata.normalize("NFC", _MARKS.sub("", text).translate(_LETTERS))
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of the name, without punctuation; "and" for every way to write it.

    None at all if it is made of punctuation.
    """
    plain = spelling(text)
    if "&" in plain:
        plain = plain.replace("&", " and ")
    if "+" in plain:
        plain = _PLUS.sub("and", plain)
    if "$" in plain:
        plain = _DOLLAR.sub("s", plain)
    if "!" in plain:
        plain = _BANG.sub("i", plain)
    if "." in plain:
        plain = _ACRONYM.sub(lambda found: found[0].replace(".", "") + " ", plain)
    plain = plain.replace("'", "")
    if plain.isascii():
        return tuple(_ASCII_WORD.findall(plain))
    plain = plain.translate(_KATAKANA)
    plain = _UNSPACED.sub(lambda found: f" {found[0]} ", plain)
    return tuple(_WORD.findall(plain))


@lru_cache(maxsize=4096)
def keys(text: str) -> tuple[str, ...]:
    """What is the same for names that differ in article, punctuation, spaces or "&" at most.

    One or two: with the leading article and without. Two names are the same if they share one.
    """
    plain = spelling(text)
    all_words = words(text)
    if not all_words:
        return (_NO_SPACES.sub("", plain)[:_LONGEST_KEY],) if plain else ()
    whole = "".join(all_words)[:_LONGEST_KEY]
    if len(all_words) == 1:
        return (whole,)
    first = plain.split(" ", 1)[0]
    if first in _ARTICLES:
        return (whole, "".join(all_words[1:])[:_LONGEST_KEY])
    for article in _ENGLISH:  # "Beatles, The", as names are sorted
        if plain.endswith(f", {article}"):
            return (whole, "".join(all_words[:-1])[:_LONGEST_KEY])
    return (whole,)


def significant(all_words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without articles and "and", unless nothing else is left."""
    kept = tuple(word for word in all_words if word not in _ARTICLES and word != "and")
    return kept or all_words
