"""Wikipedia's answers: the beginning of an article, as text that reads well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup

from lidarrmetadata.provider.record import optional_text, rows, table, text

if TYPE_CHECKING:
    from collections.abc import Iterable

_BRACKETS = re.compile(r"(?<=\S)\s*\(([^()]*)\)")
_OTHER_EMPTY_BRACKETS = re.compile(r"(?<=\S)\s*(?:（[\s;,:、；]*）|\[\s*\])")
# Parts of brackets that say how a name is spoken, or what is left of them when the characters were
# taken out: "/ˈneɪm/", "Icelandic: [pjœr̥k]", "pronounced /x/ NAME", "Icelandic:", "".
_SPOKEN = re.compile(
    r"(?:[^/\[\]:]*:?\s*(?:/[^/]+/|\[[^\]]+\])(?:\s+\w*[A-Z]{2}[\w-]*)*,?)+|[^/\[\]:]*:|"
)
_SPACE_BEFORE = re.compile(r"(?<!\()\s+(?=[,)]|\.(?:\s|$))")
_SPACES = re.compile(r"\s+")

# Not part of the text: boxes, notes, marks, pronunciations, scripts.
_NOISE = (
    "table, style, script, sup.reference, sup.noprint, .mw-ref, .reference, .noprint, .hatnote, "
    ".infobox, .navbox, .shortdescription, .mw-empty-elt, .IPA, .respell, .ext-phonos, "
    ".rt-commentedText, [typeof~='mw:Extension/ref'], #coordinates, .geo-inline-hidden"
)


@dataclass(frozen=True)
class Article:
    """An article by the title it really has; `beginning` is "" if none could be extracted."""

    title: str
    beginning: str


def read_articles(answer: Any, titles: Iterable[str]) -> dict[str, Article | None]:  # noqa: ANN401
    """Articles by asked title, None for those that do not exist or only list meanings.

    Titles the answer says nothing about are left out. Raises TypeError or LookupError for anything
    that is not such an answer.
    """
    query = table(table(answer)["query"])
    moved = {
        text(table(step)["from"]): text(table(step)["to"])
        for kind in ("normalized", "redirects")
        for step in rows(query.get(kind))
    }
    # What looks like the name of another wiki with a colon behind it is not among the pages.
    found: dict[str, Article | None] = {
        text(table(other)["title"]): None for other in rows(query.get("interwiki"))
    }
    pages = rows(query.get("pages") if found else query["pages"])
    found |= {text(table(page)["title"]): _article(table(page)) for page in pages}
    told = {title: followed for title in titles if (followed := _followed(title, moved)) in found}
    if not told:
        raise LookupError("nothing about what was asked for")
    return {title: found[followed] for title, followed in told.items()}


def _followed(title: str, moved: dict[str, str]) -> str:
    for _ in range(len(moved)):
        if title not in moved:
            break
        title = moved[title]
    return title


def _article(page: dict[str, Any]) -> Article | None:
    if page.get("missing") or page.get("invalid"):
        return None
    if "disambiguation" in table(page.get("pageprops", {})):
        return None
    # A link to the user, special or media pages of a wiki leads to no article.
    if page["ns"] != 0:
        return None
    return Article(text(page["title"]), first_paragraph(optional_text(page.get("extract"))))


def first_paragraph(extract: str) -> str:
    """The first paragraph that says something, without the remains of what was taken out."""
    return next(filter(None, map(_tidy, extract.splitlines())), "")


def html_beginning(html: str) -> str:
    """The first real paragraph of an article in HTML, without notes and pronunciation.

    Raises ValueError if it is no article: those come in sections, the first being the introduction
    (https://www.mediawiki.org/wiki/Specs/HTML).
    """
    introduction = BeautifulSoup(html, "html.parser").find("section")
    if introduction is None:
        raise ValueError("a page that is no article")
    for noise in introduction.select(_NOISE):
        noise.decompose()
    paragraphs = (_tidy(paragraph.get_text()) for paragraph in introduction.find_all("p"))
    return next(filter(None, paragraphs), "")


def _tidy(paragraph: str) -> str:
    """One line, without empty brackets, pronunciations and spaces that were left over."""
    paragraph = _BRACKETS.sub(_without_spoken, paragraph)
    paragraph = _OTHER_EMPTY_BRACKETS.sub("", paragraph)
    return _SPACE_BEFORE.sub("", _SPACES.sub(" ", paragraph)).strip()


def _without_spoken(brackets: re.Match[str]) -> str:
    parts = [part.strip(" ,\n\t") for part in brackets[1].split(";")]
    kept = [part for part in parts if not _SPOKEN.fullmatch(part)]
    if len(kept) == len(parts):
        return brackets[0]
    return f" ({'; '.join(kept)})" if kept else ""
