"""Asking one source after the other for a document, without ever calling "down" "not there"."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lidarrmetadata.errors import Inconsistent, NotFound, ProviderUnavailable, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.provider.mixins import Found

log = logging.getLogger(__name__)

D = TypeVar("D")
P = TypeVar("P")
T = TypeVar("T")

Ask = Callable[[P, Sequence[str]], Awaitable["Found[D]"]]
"""Asks a provider for the documents of some ids."""


class Together:
    """Ids that somebody wants all of: each provider is asked for them once, when one is wanted.

    Where the data of one of them is amiss, each is asked for by itself, so that the others come.
    """

    def __init__(self, mbids: Iterable[str]) -> None:
        self._mbids = list(mbids)
        self._asked: dict[int, asyncio.Future[Found[Any]]] = {}
        self._untaken: dict[str, Any] = {}

    def take(self) -> list[Any]:
        """All documents that have come since the last call: what they share is done once."""
        taken, self._untaken = list(self._untaken.values()), {}
        return taken

    async def ask(self, provider: P, ask: Ask[P, D], mbid: str) -> Found[D]:
        """What this provider says of all of them, or of this one."""
        asked = self._asked.get(id(provider))
        if asked is None:
            asked = asyncio.ensure_future(ask(provider, self._mbids))
            asked.add_done_callback(_looked_at)
            self._asked[id(provider)] = asked
            asked.add_done_callback(self._note)
        try:
            return await asyncio.shield(asked)
        except Inconsistent:
            return await ask(provider, [mbid])

    def _note(self, asked: asyncio.Future[Found[Any]]) -> None:
        if not asked.cancelled() and asked.exception() is None:
            self._untaken.update(asked.result().documents)


def _looked_at(asked: asyncio.Future[Any]) -> None:
    """A failure that nobody waits for any more is no error of the program."""
    if not asked.cancelled():
        asked.exception()


async def first_answer(
    providers: Iterable[P], ask: Ask[P, D], mbid: str, what: str, together: Together | None = None
) -> D:
    """The document of the first provider that has it; `together` with others if there are any.

    Raises `NotFound` only if there are providers and each of them positively has no such id, else
    `Unavailable`: what a mirror lacks may be new, and Lidarr deletes what does not exist.
    """
    reason: str | None = None
    retry_after = 0
    asked = 0
    for provider in providers:
        asked += 1
        try:
            if together is not None:
                found = await together.ask(provider, ask, mbid)
            else:
                found = await ask(provider, [mbid])
        except ProviderUnavailable as error:
            reason, retry_after = str(error), error.retry_after
            continue
        if mbid in found.documents:
            return found.documents[mbid]
        if mbid not in found.unknown:
            reason = f"{what} {mbid} is not in this catalogue, which is a part of MusicBrainz only"
    if asked and reason is None:
        raise NotFound(f"MusicBrainz has no {what} {mbid}")
    raise Unavailable(reason or f"no source of {what}s is switched on", retry_after or 30)


async def first_that_can(
    providers: Iterable[P], ask: Callable[[P], Awaitable[T]]
) -> tuple[T, bool]:
    """What the first provider says that can say anything, and whether that is the first of all.

    Raises `Unavailable` with what the first one is in want of.
    """
    failure: ProviderUnavailable | None = None
    for provider in providers:
        try:
            return await ask(provider), failure is None
        except ProviderUnavailable as error:
            log.debug("event=passed_over provider=%s cause=%r", type(provider).__name__, str(error))
            failure = failure or error
    if failure is None:
        raise Unavailable("none of the PROVIDERS can tell")
    raise Unavailable(str(failure), failure.retry_after)
