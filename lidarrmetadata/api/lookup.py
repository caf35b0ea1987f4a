"""Asking one source after the other for a document, without ever calling "down" "not there"."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lidarrmetadata.errors import NotFound, ProviderUnavailable, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from lidarrmetadata.provider.mixins import Found

D = TypeVar("D")
P = TypeVar("P")


async def first_answer(
    providers: Iterable[P], ask: Callable[[P], Awaitable[Found[D]]], mbid: str, what: str
) -> D:
    """The document of the first provider that has it.

    Raises `NotFound` only if there are providers and each of them positively has no such id, else
    `Unavailable`: what a mirror lacks may be new, and Lidarr deletes what does not exist.
    """
    reason: str | None = None
    retry_after = 0
    asked = 0
    for provider in providers:
        asked += 1
        try:
            found = await ask(provider)
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
