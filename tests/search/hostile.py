"""Queries that nobody means, made of everything that has ever upset a search box."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from quart.typing import TestClientProtocol

_SEED = 20261121
_PATHS = [
    "/search?type=artist&",
    "/search?type=album&",
    "/search?type=all&",
    "/search?type=album&artist=the%20ada&",
]
_LAST_PLANE = 16
_PLANE = 0x10000
_LONG = 60_000  # bytes
_LUCENE = [
    *("+", "-", "&&", "||", "!", "(", ")", "{", "}", "[", "]", "^", '"', "~", "*", "?", ":"),
    *("\\", "/", "AND", "OR", "NOT", "TO", "artist:", "_query_:", "{!lucene}", "*:*", "[* TO *]"),
]
_REGEX = ["(a+)+$", ".*", "[", "(?P<", "\\1", "(?=", "^$", "a{1000000}", "\\p{L}+", "|", "(?i)"]
_SQL = ["'", "''", "'; DROP TABLE artist; --", "%", "_", "$1", "\\", "/*", "\x1a", "$$", "::int"]
_MARKUP = ["<script>", "&amp;", "{{7*7}}", "${7*7}", "%00", "\r\nX: y", "../../etc/passwd", "null"]
_WORDS = ["the", "a", "and", "love", "of", "ada", "quill", "inkwell", "live", "&", "die", "los"]
_SPACES = [" ", "\t", "\n", "\r", "\x0b", "\x0c", "\x85", "\xa0", "\u2003", "\u3000", "\u200b"]
_ODD = ["\0", "\ufeff", "\u202e", "\ufffd", "\uffff", "\U0010ffff", "\u0301", "\u0e33", "ﷺ", "ẞ"]


@dataclass
class Borne:
    """How a server has borne them: answers by status, and how long the slowest took (seconds)."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_query: str = ""
    unreadable: list[str] = field(default_factory=list)
    """Queries answered with neither a list nor one error."""


async def bear(http: TestClientProtocol, queries: Iterable[str]) -> Borne:
    """Ask them all, artists, albums and both by turns, one after the other."""
    borne = Borne()
    for number, query in enumerate(queries):
        begun = time.perf_counter()
        response = await http.get(f"{_PATHS[number % len(_PATHS)]}query={query}")
        took = time.perf_counter() - begun
        borne.statuses[response.status_code] += 1
        if took > borne.slowest:
            borne.slowest, borne.slowest_query = took, query[:80]
        body = await response.get_json()
        if not (isinstance(body, list) or set(body) == {"error"}):
            borne.unreadable.append(query)
    return borne


def hostile_queries(count: int) -> list[str]:
    """So many queries, as they stand in an address; always the same ones."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    kinds = [*_kinds(chance)]
    return [quote_from_bytes(kinds[number % len(kinds)]()) for number in range(count)]


def _kinds(chance: random.Random) -> Iterator[Callable[[], bytes]]:
    def signs(plane: int) -> bytes:
        text = "".join(chr(plane * _PLANE + chance.randrange(_PLANE)) for _ in range(_few()))
        return text.encode("utf-8", "surrogatepass")  # lone surrogates too

    def _few() -> int:
        return chance.choice([1, 2, 3, 8, 40])

    def pieces(*lists: list[str]) -> bytes:
        joint = chance.choice(["", " "])
        text = joint.join(chance.choice(chance.choice(lists)) for _ in range(_few()))
        return text.encode()

    for plane in range(_LAST_PLANE + 1):
        yield lambda plane=plane: signs(plane)  # type: ignore[misc]
    for lists in (
        (_LUCENE, _WORDS),
        (_REGEX, _WORDS),
        (_SQL, _WORDS),
        (_MARKUP, _WORDS),
        (_SPACES, _WORDS),
        (_SPACES,),
        (_ODD, _WORDS),
        (_WORDS,),
    ):
        yield lambda lists=lists: pieces(*lists)  # type: ignore[misc]
    yield lambda: chance.randbytes(_few())
    yield lambda: (chance.choice(_WORDS + _ODD + _LUCENE) * _LONG).encode()[:_LONG]
    yield lambda: " ".join(chance.choices(_WORDS, k=_LONG // 4)).encode()[:_LONG]
    yield lambda: b"a" * chance.randrange(_LONG)
    yield lambda: ("e\u0301" * chance.randrange(2000)).encode()
