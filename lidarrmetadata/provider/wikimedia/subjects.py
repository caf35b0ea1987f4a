"""What an artist or album is to Wikimedia: a Wikidata entity, or else a Wikipedia article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lidarrmetadata.documents import Link

_ENTITY = re.compile(r"/(?:wiki|entity)/(?:Special:EntityPage/)?(Q[1-9]\d{0,9})")
_LAST_ENTITY = 2_147_483_647  # one id beyond it would fail all that are asked for with it
_WIKIPEDIA = re.compile(r"(?!www\b)([a-z]{2,3}(?:-[a-z]+)*|simple)(?:\.m)?\.wikipedia\.org")
# What no title may hold (https://www.mediawiki.org/wiki/Help:Bad_title), and what a wrongly
# encoded one turns into.
_IMPOSSIBLE = re.compile("[<>\\[\\]{}|\x00-\x1f\x7f\ufffd]")


class Subject(NamedTuple):
    """Either `entity` (`Q1299`), or the `title` of an article in the Wikipedia of `language`."""

    entity: str
    language: str = ""
    title: str = ""

    def __str__(self) -> str:
        return self.entity or f"{self.language}:{self.title}"

    @classmethod
    def parse(cls, written: str) -> Subject:
        """Read what `str` wrote."""
        language, colon, title = written.partition(":")
        return cls("", language, title) if colon else cls(written)


def subject_of(links: Iterable[Link], languages: Sequence[str]) -> Subject | None:
    """The subject of a document with these links, None if they lead to none.

    A Wikidata link wins over Wikipedia ones, of which one in the first of the languages wins.
    """
    articles: dict[str, Subject] = {}
    for link in links:
        try:
            address = urlsplit(link["target"])
            host = (address.hostname or "").lower()
        except ValueError:  # no address at all
            continue
        if host.removeprefix("www.").removeprefix("m.") == "wikidata.org":
            found = _ENTITY.fullmatch(address.path.rstrip("/"))
            if found and int(found[1][1:]) <= _LAST_ENTITY:
                return Subject(found[1])
        elif (wiki := _WIKIPEDIA.fullmatch(host)) and (title := _title(address.path)):
            articles.setdefault(wiki[1], Subject("", wiki[1], title))
    wanted = next((language for language in languages if language in articles), None)
    return articles[wanted] if wanted else next(iter(articles.values()), None)


def _title(path: str) -> str:
    """The title as Wikipedia writes it, "" if the path leads to no article."""
    if not path.startswith("/wiki/"):
        return ""
    title = path.removeprefix("/wiki/")
    # No title looks encoded, so one that still does was encoded more than once.
    while (decoded := unquote(title)) != title:
        title = decoded
    title = " ".join(title.partition("#")[0].replace("_", " ").split())
    return "" if _IMPOSSIBLE.search(title) else title[:1].upper() + title[1:]
