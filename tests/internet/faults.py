"""What can go wrong with a service, on demand."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote_plus

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

HTML = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"
Where = Literal["before", "headers", "body"]


@dataclass(eq=False)
class Fault:
    """One thing that is wrong, for the requests that have `path` in their address.

    It waits (`seconds`, None: until it is lifted), then spoils the answer.
    """

    times: int | None
    path: str
    seconds: float | None = 0.0
    spoil: Callable[[web.Response], web.Response] | None = None
    cut: Where | None = None
    lifted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def only_waits(self) -> bool:
        return self.spoil is None and self.cut is None and self.seconds is not None

    async def wait(self) -> None:
        if self.seconds == 0.0:
            return
        try:
            await asyncio.wait_for(self.lifted.wait(), self.seconds)
        except TimeoutError:
            return


class Faults:
    """The faults of one service.

    Each lasts until it is lifted, or for `times` requests; with `path` only for requests that
    have this text in their address (decoded, with the query). Delays add up; of all others the one
    asked for last counts.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def fails_with(
        self,
        status: int,
        *,
        retry_after: int | str | None = None,
        times: int | None = None,
        path: str = "",
    ) -> None:
        """Answer with this status; `retry_after` in seconds or as an HTTP date."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

        def fail(_: web.Response) -> web.Response:
            return web.Response(status=status, text=f"status {status}", headers=headers)

        self._faults.append(Fault(times, path, spoil=fail))

    def delays(self, seconds: float, *, times: int | None = None, path: str = "") -> None:
        """Answer rightly, but this much later."""
        self._faults.append(Fault(times, path, seconds=seconds))

    def hangs(self, *, times: int | None = None, path: str = "") -> None:
        """Take the request and say nothing until the fault is lifted; then answer rightly."""
        self._faults.append(Fault(times, path, seconds=None))

    def answers(
        self,
        body: bytes,
        *,
        content_type: str = "application/json",
        status: int = 200,
        times: int | None = None,
        path: str = "",
    ) -> None:
        """Answer with exactly this."""

        def replace(_: web.Response) -> web.Response:
            return web.Response(body=body, status=status, content_type=content_type)

        self._faults.append(Fault(times, path, spoil=replace))

    def answers_garbage(self, *, times: int | None = None, path: str = "") -> None:
        """Answer 200 with what calls itself JSON and is none."""
        self.answers(b'{"artists": [{"name": "unfini', times=times, path=path)

    def answers_html(self, *, times: int | None = None, path: str = "") -> None:
        """Answer 200 with a page for humans, as proxies and captive portals do."""
        self.answers(HTML, content_type="text/html", times=times, path=path)

    def answers_wrong_types(
        self, depth: int = 1, *, times: int | None = None, path: str = ""
    ) -> None:
        """Answer with the right keys and wrong types `depth` levels below the top (0: the top).

        Objects become lists, lists objects, texts numbers, everything else a text. Answers that
        are not JSON stay as they are.
        """
        self._faults.append(Fault(times, path, spoil=lambda right: _twisted(right, depth, wrong)))

    def answers_nulls(self, depth: int = 1, *, times: int | None = None, path: str = "") -> None:
        """Answer with null for every value `depth` levels below the top (0: the top)."""
        self._faults.append(
            Fault(times, path, spoil=lambda right: _twisted(right, depth, lambda _: None))
        )

    def cuts_connection(
        self, where: Where = "body", *, times: int | None = None, path: str = ""
    ) -> None:
        """Hang up before the answer, after its headers, or in the middle of its body."""
        self._faults.append(Fault(times, path, cut=where))

    def recovers(self) -> None:
        """Lift all faults; requests that wait are answered at once."""
        for fault in self._faults:
            fault.lifted.set()
        self._faults.clear()

    async def spoiled(self, request: web.Request, right: web.Response) -> web.StreamResponse | None:
        """What the client gets instead of the right answer; None if the connection was cut."""
        address = unquote_plus(str(request.rel_url))
        matching = [fault for fault in self._faults if fault.path in address]
        others = [fault for fault in matching if not fault.only_waits]
        due = [fault for fault in matching if fault.only_waits] + others[-1:]
        # All are taken before any is waited for, so that `times` counts requests as they come.
        for fault in due:
            self._take(fault)
        for fault in due:
            await fault.wait()
        last = due[-1] if due else None
        if last is not None and last.cut is not None:
            await _hang_up(request, right, last.cut)
            return None
        return right if last is None or last.spoil is None else last.spoil(right)

    def _take(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)


def wrong(value: Any) -> Any:
    """A value of another type."""
    match value:
        case dict():
            return list(value.values())
        case list():
            return {str(index): entry for index, entry in enumerate(value)}
        case str():
            return 7
        case _:
            return "unexpected"


def _twisted(right: web.Response, depth: int, change: Callable[[Any], Any]) -> web.Response:
    if right.content_type != "application/json" or not isinstance(right.body, bytes):
        return right
    twisted = _below(json.loads(right.body), depth, change)
    return web.json_response(twisted, status=right.status)


def _below(value: Any, depth: int, change: Callable[[Any], Any]) -> Any:
    if depth == 0:
        return change(value)
    if isinstance(value, dict):
        return {key: _below(entry, depth - 1, change) for key, entry in value.items()}
    if isinstance(value, list):
        return [_below(entry, depth - 1, change) for entry in value]
    return value


async def _hang_up(request: web.Request, right: web.Response, where: Where) -> None:
    if where != "before":
        body = right.body if isinstance(right.body, bytes) else b""
        response = web.StreamResponse(status=right.status)
        response.content_type = right.content_type
        # One byte more than there is, so that even an empty answer is seen to be cut.
        response.content_length = len(body) + 1
        await response.prepare(request)
        await response.write(body[: len(body) // 2] if where == "body" else b"")
    if request.transport is not None:
        request.transport.close()
