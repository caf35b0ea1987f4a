"""Wikipedia in every language: the beginnings of articles, and whole ones as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from aiohttp import web

from tests.internet import derived
from tests.internet.service import not_found
from tests.internet.titles import impossible, normalised
from tests.internet.wikimedia import Wikimedia, api_error

if TYPE_CHECKING:
    from tests.internet.facts import Page

CONTACT = "operator@example.org"
MOST_EXTRACTS = 20  # in one answer, and only of introductions; of whole articles one
_PATH = re.compile(r"/wikipedia/([a-z-]+)/(w/api\.php|api/rest_v1/page/html/(.+))")


@dataclass
class Resolved:
    """Where the titles asked for lead."""

    pages: dict[str, Page] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    invalid: dict[str, str] = field(default_factory=dict)
    normalised: list[dict[str, Any]] = field(default_factory=list)
    redirects: list[dict[str, str]] = field(default_factory=list)


class Wikipedia(Wikimedia):
    """`action=query` with `extracts` and `pageprops`, and `/api/rest_v1/page/html/{title}`."""

    name = "wikipedia"

    def settings(self, base: str) -> dict[str, str]:
        return {"WIKIPEDIA_URL": f"{base}/wikipedia/{{lang}}", "OPERATOR_CONTACT": CONTACT}

    def answer(self, request: web.Request, path: str) -> web.Response:
        match = _PATH.fullmatch(path)
        if match is None:
            self.violates(request, "no such path")
            return not_found()
        language, api, title = match.groups()
        if api != "w/api.php":
            return self._html(request, language, title)
        if misused := self.misused_api(request, "query"):
            return misused
        titles = self.values(request, "titles")
        if isinstance(titles, web.Response):
            return titles
        if not titles:
            self.violates(request, "no titles")
            return web.json_response({"batchcomplete": True})
        return self._query(request, self._resolved(request, language, titles))

    def _resolved(self, request: web.Request, language: str, titles: list[str]) -> Resolved:
        found = Resolved()
        follows = "redirects" in request.query  # `redirects=0` follows, too: it is there
        for asked in titles:
            title = normalised(asked)
            if part := impossible(title):
                self.violates(request, f"{asked!r} can be no title")
                found.invalid[asked] = (
                    f'The requested page title contains invalid characters: "{part}".'
                )
                continue
            if title != asked:
                found.normalised.append({"fromencoded": False, "from": asked, "to": title})
            page = self.facts.find_page(language, title)
            if page is not None and page.redirect_to and follows:
                found.redirects.append({"from": title, "to": page.redirect_to})
                title = page.redirect_to
                page = self.facts.find_page(language, title)
            if page is not None:
                found.pages[title] = page
            elif title not in found.missing:
                found.missing.append(title)
        return found

    def _query(self, request: web.Request, found: Resolved) -> web.Response:
        asked = request.query
        props = asked.get("prop", "").split("|")
        most = MOST_EXTRACTS if "exintro" in asked else 1
        limit = asked.get("exlimit", "max")
        if limit.isdecimal():
            most = min(most, int(limit))
        begin = asked.get("excontinue", "0")
        if not begin.isdecimal():
            self.violates(request, "excontinue is not what an answer said")
            return api_error("badcontinue", "Invalid continue param.")
        first = int(begin)
        # MediaWiki lists pages by their number, not in the order they were asked for.
        ordered = sorted(found.pages.values(), key=_page_id)
        entries: list[dict[str, Any]] = []
        for place, page in enumerate(ordered):
            entry: dict[str, Any] = {"pageid": _page_id(page), "ns": 0, "title": page.title}
            if "extracts" in props and first <= place < first + most:
                entry["extract"] = page.extract if "explaintext" in asked else _as_html(page)
            if "pageprops" in props and page.disambiguation:
                entry["pageprops"] = {"disambiguation": ""}
            entries.append(entry)
        left = "extracts" in props and first + most < len(ordered)
        return web.json_response(
            _answer(asked.get("formatversion"), found, entries, left and first + most)
        )

    def _html(self, request: web.Request, language: str, encoded: str) -> web.Response:
        title = normalised(unquote(encoded))
        if "/" in encoded:
            self.violates(request, "a slash in a title must be encoded as %2F")
            return not_found()
        page = self.facts.find_page(language, title)
        if page is None or impossible(title):
            return web.json_response({"title": "Not found.", "status": 404}, status=404)
        if page.redirect_to:
            target = quote(page.redirect_to.replace(" ", "_"), safe="")
            return web.Response(status=302, headers={"Location": target})
        return web.Response(text=page.html, content_type="text/html")


def _answer(
    version: str | None, found: Resolved, entries: list[dict[str, Any]], next_extract: int
) -> dict[str, Any]:
    """Version 2 lists pages and says true; version 1 keys them by number and says ""."""
    modern = version == "2"
    yes = True if modern else ""
    entries += [{"ns": 0, "title": title, "missing": yes} for title in found.missing]
    entries += [
        {"title": title, "invalidreason": reason, "invalid": yes}
        for title, reason in found.invalid.items()
    ]
    query: dict[str, Any] = {}
    if found.normalised:
        query["normalized"] = found.normalised
    if found.redirects:
        query["redirects"] = found.redirects
    if modern:
        query["pages"] = entries
    else:
        absent = iter(range(-1, -len(entries) - 1, -1))
        query["pages"] = {str(entry.get("pageid") or next(absent)): entry for entry in entries}
    if next_extract:
        return {"continue": {"excontinue": next_extract, "continue": "||"}, "query": query}
    return {"batchcomplete": yes, "query": query}


def _as_html(page: Page) -> str:
    return f'<p class="mw-empty-elt">\n</p>\n<p>{escape(page.extract)}</p>' if page.extract else ""


def _page_id(page: Page) -> int:
    return derived.number(f"{page.language}:{page.title}")
