"""Words to make names of, as names have them: few are frequent, most are rare."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Zipf's law as Mandelbrot mended it: the word of rank r is as frequent as 1 / (r + 2.7).
_SHIFT = 2.7
_AT_ONCE = 4096  # words drawn at once: one by one takes five times as long
_SHORT = 500  # so many of the most frequent words have one syllable or two
_ACCENTED = 0.03  # of Latin words
_ACCENTS = str.maketrans("aeioun", "áéïöüñ")

_LATIN = [
    first + vowel + last
    for first in ("", *"bcdfghjklmnprstvwz", "br", "ch", "cl", "dr", "gr", "sh", "st", "th", "tr")
    for vowel in ("a", "e", "i", "o", "u", "a", "e", "i", "ea", "ou")
    for last in ("", "", "", "", "", "n", "r", "s", "l", "nd", "ck", "m")
]
_CYRILLIC = [a + b for a in "бвгджзклмнпрстфхцчшщ" for b in "аеиоуыэюя"]
_GREEK = [a + b for a in "βγδζθκλμνξπρστφχψ" for b in "αεηιουω"]
_ARABIC = [a + b for a in "بتثجحخدذرزسشصضطظعغفقكلمنهوي" for b in ("ا", "و", "ي", "")]
_HANGUL = [chr(code) for code in range(0xAC00, 0xD7A4, 7)]
_JAPANESE = [chr(code) for code in (*range(0x4E00, 0x5600), *range(0x3042, 0x3094))]

LATIN = "Latin"
SCRIPTS = {
    LATIN: (_LATIN, 300_000),
    "Cyrillic": (_CYRILLIC, 30_000),
    "Japanese": (_JAPANESE, 30_000),
    "Hangul": (_HANGUL, 30_000),
    "Greek": (_GREEK, 10_000),
    "Arabic": (_ARABIC, 10_000),
}
"""Of each script its syllables, and how many words are made of them."""


def chance(seed: int | str) -> random.Random:
    """What is left to chance, and yet the same in every process and every run."""
    return random.Random(seed)  # noqa: S311 - no secret


@cache
def vocabulary(script: str) -> tuple[str, ...]:
    """The words of a script, the most frequent first; the same ones always."""
    syllables, count = SCRIPTS[script]
    rng = chance(f"words {script}")
    lengths = [
        *rng.choices((1, 2), k=_SHORT),
        *rng.choices((2, 2, 2, 3, 3, 4), k=count + count // 4),  # some come twice
    ]
    parts = iter(rng.choices(syllables, k=sum(lengths)))
    words: dict[str, None] = {}
    for length in lengths:
        word = "".join(islice(parts, length)).capitalize()
        if script == LATIN and rng.random() < _ACCENTED:
            word = word.translate(_ACCENTS)
        words[word] = None
    return tuple(islice(words, count))


def drawn(rng: random.Random, words: Sequence[str]) -> Iterator[str]:
    """Words without end, each as often as its rank says."""
    weights = _weights(len(words))
    while True:
        yield from rng.choices(words, cum_weights=weights, k=_AT_ONCE)


@cache
def _weights(many: int) -> list[float]:
    """Of so many words, how frequent each is together with all before it."""
    return list(accumulate(1 / (rank + _SHIFT) for rank in range(1, many + 1)))
