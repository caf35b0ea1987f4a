"""The fastest way to an answer: bytes that lie ready, handed out before any route is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lidarrmetadata.routes.answers import accepts_gzip, cache_control, has_already

if TYPE_CHECKING:
    from collections.abc import Callable

    from lidarrmetadata.cache.answers import AnswerCache, Kept
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.routes.paths import Asgi

_READING = ("GET", "HEAD")
_SERVER_ERROR = 500


class FinishedAnswers:
    """ASGI layer: answers from memory what it can, and what the application cannot any more."""

    def __init__(
        self, app: Asgi, answers: AnswerCache, clock: Clock, renew: Callable[[Kind, str], None]
    ) -> None:
        """`renew` has a document made anew in the background, by kind and id."""
        self._app = app
        self._answers = answers
        self._clock = clock
        self._renew = renew

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI's own types
        """Answer, or pass the request on."""
        if scope["type"] != "http" or scope["method"] not in _READING:
            await self._app(scope, receive, send)
            return
        kept = self._answers.find(scope["path"], scope["query_string"])
        if kept is None:
            await self._app(scope, receive, send)
            return
        now = self._clock.now()
        due = kept.is_due(now)
        if kept.outdated or (due and kept.renewal is None):
            await self._app(scope, receive, _Rescue(self, scope, kept, send))
        else:
            if due and kept.renewal is not None:
                kept.tried(now)
                self._renew(*kept.renewal)
                self._answers.outcomes["old"] += 1
            else:
                self._answers.outcomes["hit"] += 1
            await self.serve(scope, kept, send)

    async def rescue(self, scope: dict[str, Any], kept: Kept, send: Any) -> None:  # noqa: ANN401
        """Answer with what there was, since there is nothing else."""
        self._answers.outcomes["rescued"] += 1
        await self.serve(scope, kept, send)

    async def serve(self, scope: dict[str, Any], kept: Kept, send: Any) -> None:  # noqa: ANN401
        """Answer with what is kept: 304 if the client has it, compressed if the client takes it."""
        accepted, had = "", ""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value.decode("latin-1")
            elif name == b"if-none-match":
                had = value.decode("latin-1")
        rendered = kept.rendered
        seconds = kept.life.shared_seconds(self._clock.now())
        body, tag = rendered.body, rendered.tag
        headers = [
            (b"content-type", b"application/json"),
            (b"vary", b"Accept-Encoding"),
            (b"cache-control", cache_control(0 if kept.outdated else seconds).encode()),
        ]
        if rendered.zipped is not None and accepts_gzip(accepted):
            body, tag = rendered.zipped, f"{tag}-gzip"
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"etag", f'"{tag}"'.encode()))
        status = 200
        if had and has_already(had, rendered.tag):
            status, body = 304, b""
        else:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent, "more_body": False})


class _Rescue:
    """An ASGI `send` that puts what is kept in the place of an answer that says "I cannot"."""

    def __init__(
        self,
        layer: FinishedAnswers,
        scope: dict[str, Any],
        kept: Kept,
        send: Any,  # noqa: ANN401
    ) -> None:
        self._layer = layer
        self._scope = scope
        self._kept = kept
        self._send = send
        self._rescued = False

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] >= _SERVER_ERROR:
            self._rescued = True
            await self._layer.rescue(self._scope, self._kept, self._send)
        elif not self._rescued:
            await self._send(message)
