"""`/__control`: the replay server, commanded from another process.

GET says what was asked, as a summary; GET with `?service=wikipedia` every request of it. POST takes
`{"do": "fails_with", "service": "wikipedia", "with": {"status": 503}}`: a fault of one service, or
without a service one of what `_EVERYWHERE` lists. A wrong command is answered with 400 and
`{"error": …}`.
"""

from __future__ import annotations

from dataclasses import asdict
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.internet.server import Internet
    from tests.internet.service import Service

PREFIX = "__control"

_OF_A_SERVICE = frozenset(
    {
        "fails_with",
        "delays",
        "hangs",
        "answers",
        "answers_garbage",
        "answers_html",
        "answers_wrong_types",
        "answers_nulls",
        "cuts_connection",
        "recovers",
        "forget",
    }
)
_FACTS = frozenset(
    {"artist", "album", "item", "merged_item", "page", "redirect", "fanart_update", "cover"}
)
_SWITCHES = frozenset({"knows_everything", "enforces_limits"})
_EVERYWHERE = frozenset({"recovers", "forget", "down"}) | _SWITCHES | _FACTS


class WrongCommandError(Exception):
    """The command means nothing; says why."""


async def answer(internet: Internet, request: web.Request) -> web.StreamResponse:
    """Do what is asked for and answer with the summary, else with why not."""
    try:
        if request.method == "POST":
            command = await request.json()
            arguments = _arguments(command)
            if command["do"] == "down":
                return await _down(internet, request, arguments)
            _obey(internet, command, arguments)
        elif name := request.query.get("service"):
            requests = _service(internet, name).requests
            return web.json_response([asked.as_json() for asked in requests])
    except (WrongCommandError, TypeError, ValueError, JSONDecodeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response(_summary(internet))


def _summary(internet: Internet) -> dict[str, Any]:
    return {
        "settings": internet.settings(),
        "violations": [asdict(violation) for violation in internet.violations],
        "services": {
            name: {
                "requests": service.total,
                "in_flight": service.in_flight,
                "most_at_once": service.most_at_once,
                "per_minute": service.per_minute(),
                "statuses": service.statuses,
            }
            for name, service in internet.services.items()
        },
    }


def _obey(internet: Internet, command: dict[str, Any], arguments: dict[str, Any]) -> None:
    do = command["do"]
    if "service" in command:
        _known(do, _OF_A_SERVICE)
        if isinstance(body := arguments.get("body"), str):
            arguments["body"] = body.encode()
        getattr(_service(internet, command["service"]), do)(**arguments)
        return
    _known(do, _EVERYWHERE)
    if do in _SWITCHES:
        if not isinstance(value := arguments.get("value"), bool):
            raise WrongCommandError(f'{do} takes {{"value": true}} or {{"value": false}}')
        setattr(internet, do, value)
    else:
        getattr(internet.facts if do in _FACTS else internet, do)(**arguments)


def _arguments(command: Any) -> dict[str, Any]:
    match command:
        case {"do": str(), "with": dict() as arguments}:
            return dict(arguments)
        case {"do": str(), **rest} if "with" not in rest:
            return {}
        case _:
            raise WrongCommandError('a command is {"do": …, "service": …, "with": {…}}')


async def _down(
    internet: Internet, request: web.Request, arguments: dict[str, Any]
) -> web.StreamResponse:
    """Answer, then be down for `seconds`: who is down hears no command to come back."""
    seconds = arguments.get("seconds")
    if not isinstance(seconds, int | float):
        raise WrongCommandError('down takes {"seconds": 2}, after which the server is back')
    response = web.json_response(_summary(internet))
    await response.prepare(request)
    await response.write_eof()
    internet.goes_down(seconds)
    return response


def _service(internet: Internet, name: str) -> Service:
    if name not in internet.services:
        raise WrongCommandError(f"no service {name!r}; there are {', '.join(internet.services)}")
    return internet.services[name]


def _known(do: str, known: frozenset[str]) -> None:
    if do not in known:
        raise WrongCommandError(f"cannot do {do!r}, but {', '.join(sorted(known))}")
