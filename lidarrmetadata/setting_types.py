"""What settings may hold: plain types with rules, and the shapes of those that have entries.

`lidarrmetadata.config` annotates its settings with these. They stand outside the package
`lidarrmetadata.settings` because that one imports `config`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict


@dataclass(frozen=True)
class Rule:
    """What a value must be beyond its type: `holds(tidy(value))`.

    `expected` completes the sentence "it must be …", `tidy` brings a value into its one written
    form.
    """

    expected: str
    holds: Callable[[Any], bool]
    tidy: Callable[[Any], Any] = lambda value: value


def one_of(*choices: str) -> Rule:
    """Accept these words in any case; the value becomes the word as written here."""
    written = {choice.casefold(): choice for choice in choices}
    return Rule(
        f"one of {', '.join(choices)}",
        lambda value: value in choices,
        lambda value: written.get(value.casefold(), value),
    )


def url(expected: str, pattern: str) -> Rule:
    """Accept addresses matching `pattern`; a slash at the end is dropped, as paths are appended."""
    return Rule(
        expected,
        lambda value: re.fullmatch(pattern, value) is not None,
        lambda value: value.rstrip("/"),
    )


HTTP = r"https?://[^\s/?#]+\S*"

Port = Annotated[int, Rule("a port from 0 to 65535 (0 = any free one)", lambda n: 0 <= n <= 65535)]
RemotePort = Annotated[int, Rule("a port from 1 to 65535", lambda n: 1 <= n <= 65535)]
Count = Annotated[int, Rule("a whole number, 1 or more", lambda n: n >= 1)]
Bytes = Annotated[int, Rule("a number of bytes, 0 or more", lambda n: n >= 0)]
Seconds = Annotated[float, Rule("a number of seconds above 0", lambda s: s > 0)]
Ratio = Annotated[float, Rule("a number from 0 to 1", lambda ratio: 0 <= ratio <= 1)]
Lifetime = Annotated[int, Rule("a whole number of seconds, 1 or more", lambda s: s >= 1)]
Line = Annotated[str, Rule("one line of text", lambda text: not re.search(r"[\r\n]", text))]
Country = Annotated[
    str,
    Rule(
        "a country in two letters, such as us",
        lambda code: re.fullmatch("[a-z]{2}", code) is not None,
        lambda code: code.strip().lower(),
    ),
]
Root = Annotated[
    str,
    Rule(
        "a path beginning with /",
        lambda path: path.startswith("/"),
        lambda path: path.rstrip("/") or path[:1],
    ),
]
OptionalNames = Annotated[
    Sequence[str],
    Rule("a list of names, none of them twice", lambda n: len(n) == len(set(n)) and all(n)),
]
Names = Annotated[
    Sequence[str],
    Rule(
        "a list of at least one name, none of them twice",
        lambda names: 0 < len(names) == len(set(names)) and all(names),
    ),
]
Url = Annotated[str, url("an address beginning with http:// or https://", HTTP)]
OptionalUrl = Annotated[
    str, url("empty, or an address beginning with http:// or https://", f"|{HTTP}")
]
RedisUrl = Annotated[
    str,
    url(
        "empty, or an address beginning with redis://, rediss:// or unix://",
        r"|(rediss?|unix)://\S+",
    ),
]
PostgresUrl = Annotated[
    str, url("empty, or an address beginning with postgresql://", r"|postgres(ql)?://\S+")
]
LogLevel = Annotated[str, one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")]
SearchBackend = Annotated[str, one_of("auto", "index", "postgres", "solr")]
ReleaseStatus = Annotated[str, one_of("Official", "Promotion", "Bootleg", "Pseudo-Release", "hide")]


class Database(TypedDict):
    """Where a PostgreSQL database is."""

    host: str
    port: RemotePort
    database: str
    user: str
    password: str


class Cache(TypedDict):
    """Addresses of the shared caches, "" for the embedded ones."""

    redis_url: RedisUrl
    postgres_url: PostgresUrl


class CacheTtl(TypedDict):
    """Lifetimes in seconds."""

    artist: Lifetime
    album: Lifetime
    search: Lifetime
    fanart: Lifetime
    tadb: Lifetime
    wikipedia: Lifetime
    spotify: Lifetime
    chart: Lifetime
    provider_error: Lifetime
    negative: Lifetime
    missing: Lifetime
    redis: Lifetime
    cloudflare: Lifetime
