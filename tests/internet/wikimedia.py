"""What the Wikimedia sites have in common: policy, and the manners of MediaWiki's API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.internet.service import Limit, Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.internet.ledger import Ledger

MOST_VALUES = 50
_POLICY = "Please set a user-agent and respect our robot policy https://w.wiki/4wJS."
# What libraries call themselves unless told otherwise.
_GENERIC = re.compile(r"(python|aiohttp|curl|wget|go-http-client|java)\b.*", re.IGNORECASE)
_CONTACT = re.compile(r".+\(.+\)")


class Wikimedia(Service):
    """A site of Wikimedia: 200 requests a minute with a contact, 10 without, 3 at a time."""

    def limit(self, request: web.Request) -> Limit | None:
        named = _CONTACT.fullmatch(request.headers.get("User-Agent", ""))
        return Limit(per_minute=200 if named else 10, at_once=3, retry_after=1)

    def counted_together(self) -> Sequence[Ledger]:
        return [service for service in self.world.services if isinstance(service, Wikimedia)]

    def refusal(self, request: web.Request) -> web.Response | None:
        agent = request.headers.get("User-Agent", "")
        if not agent or _GENERIC.fullmatch(agent):
            return web.Response(status=403, text=_POLICY)
        return None

    def misused_api(self, request: web.Request, action: str) -> web.Response | None:
        """What MediaWiki answers to a call of its API that is not `action` in JSON."""
        if request.query.get("action") != action:
            self.violates(request, f"action is not {action}")
            return api_error("badvalue", 'Unrecognized value for parameter "action".')
        if request.query.get("format") != "json":
            self.violates(request, "without format=json the answer is a page for humans")
            return web.Response(text="<h1>MediaWiki API result</h1>", content_type="text/html")
        return None

    def values(self, request: web.Request, name: str) -> list[str] | web.Response:
        """The values of a parameter, separated by `|`; an error if there are over 50."""
        values = [value for value in request.query.get(name, "").split("|") if value]
        if len(values) > MOST_VALUES:
            self.violates(request, f"{len(values)} {name}, {MOST_VALUES} are allowed")
            info = f'Too many values supplied for parameter "{name}". The limit is {MOST_VALUES}.'
            return api_error("toomanyvalues", info, limit=MOST_VALUES)
        return values


def api_error(code: str, info: str, **more: Any) -> web.Response:
    """An error in MediaWiki's form: status 200, and a header that says so."""
    body = {"error": {"code": code, "info": info, **more}, "servedby": "replay"}
    return web.json_response(body, headers={"MediaWiki-API-Error": code})
