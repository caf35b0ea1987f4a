"""Wikidata: items by id or by the title of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

from tests.internet.facts import is_item
from tests.internet.service import not_found
from tests.internet.titles import normalised
from tests.internet.wikimedia import Wikimedia, api_error

if TYPE_CHECKING:
    from tests.internet.facts import Item

_ALL_PROPS = "info|sitelinks|aliases|labels|descriptions|claims|datatype"


class Wikidata(Wikimedia):
    """`wbgetentities`, 50 ids at most.

    An item that was merged into another carries `redirects` and the other's `id`. It is listed
    below the id asked for (so does Wikibase's ResultBuilder), or with `merged_under = "target"`
    below the other's (so do its entity exports).
    """

    name = "wikidata"

    merged_under: Literal["asked", "target"] = "asked"

    def settings(self, base: str) -> dict[str, str]:
        return {"WIKIDATA_URL": f"{base}/wikidata"}

    def answer(self, request: web.Request, path: str) -> web.Response:
        if path != "/wikidata/w/api.php":
            self.violates(request, "no such path")
            return not_found()
        if misused := self.misused_api(request, "wbgetentities"):
            return misused
        ids, sites, titles = (self.values(request, name) for name in ("ids", "sites", "titles"))
        for values in (ids, sites, titles):
            if isinstance(values, web.Response):
                return values
        assert isinstance(ids, list)
        assert isinstance(sites, list)
        assert isinstance(titles, list)
        if bool(sites) != bool(titles) or not (ids or sites):
            self.violates(request, "neither ids nor sites with titles")
            return api_error("param-missing", "Either provide the Item IDs or site and title.")
        if len(sites) > 1 and len(titles) > 1:
            self.violates(request, "several sites and several titles")
            return api_error("params-illegal", "Must request one site or one title.")
        # One id that can be none fails all others in the call with it.
        if wrong := [item for item in ids if not is_item(item.upper())]:
            self.violates(request, f"{wrong[0]} can be no item")
            info = f'Could not find an entity with the ID "{wrong[0]}".'
            return api_error("no-such-entity", info, id=wrong[0])
        entities = self._by_id(request, ids) | self._by_title(request, sites, titles)
        return web.json_response({"entities": entities, "success": 1})

    def _by_id(self, request: web.Request, ids: list[str]) -> dict[str, Any]:
        entities: dict[str, Any] = {}
        for asked in map(str.upper, ids):
            item = self.facts.find_item(asked)
            if item is None:
                entities[asked] = {"id": asked, "missing": ""}
            elif item.id == asked:
                entities[asked] = _entity(item, request)
            else:
                redirects = {"redirects": {"from": asked, "to": item.id}}
                key = asked if self.merged_under == "asked" else item.id
                entities[key] = redirects | _entity(item, request)
        return entities

    def _by_title(
        self, request: web.Request, sites: list[str], titles: list[str]
    ) -> dict[str, Any]:
        entities: dict[str, Any] = {}
        missing = 0
        for site in sites:
            language = site.removesuffix("wiki").replace("_", "-")
            for title in titles:
                wanted = normalised(title) if "normalize" in request.query else title
                item = self.facts.find_item_by_title(language, wanted)
                if item is None:
                    missing -= 1
                    entities[str(missing)] = {"site": site, "title": title, "missing": ""}
                else:
                    entities[item.id] = _entity(item, request)
        return entities


def _entity(item: Item, request: web.Request) -> dict[str, Any]:
    props = request.query.get("props", _ALL_PROPS).split("|")
    languages = request.query.get("languages", "").split("|")
    sites = request.query.get("sitefilter", "").split("|")
    entity: dict[str, Any] = {"type": "item", "id": item.id}
    if "descriptions" in props:
        entity["descriptions"] = {
            language: {"language": language, "value": text}
            for language, text in item.descriptions.items()
            if languages == [""] or language in languages
        }
    if "claims" in props:
        entity["claims"] = {"P18": [_image(item)]} if item.image else {}
    if "sitelinks" in props:
        links = {f"{lang.replace('-', '_')}wiki": title for lang, title in item.titles.items()}
        entity["sitelinks"] = {
            site: {"site": site, "title": title, "badges": []}
            for site, title in links.items()
            if sites == [""] or site in sites
        }
    return entity


def _image(item: Item) -> dict[str, Any]:
    value = {"value": item.image, "type": "string"}
    return {
        "mainsnak": {
            "snaktype": "value",
            "property": "P18",
            "datavalue": value,
            "datatype": "commonsMedia",
        },
        "type": "statement",
        "id": f"{item.id}$00000000-0000-4000-8000-000000000018",
        "rank": "normal",
    }
