"""The shelf: what is kept of documents, and that everybody hears when it is not what it was."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from lidarrmetadata.api.kept import Kept, find_kept
from lidarrmetadata.cache.entry import fuzzed
from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.errors import ContractBroken, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
    from datetime import datetime

    from lidarrmetadata.cache.answers import AnswerCache
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.resilience.clock import Clock

    Purge = Callable[[Kind, Iterable[str] | None], Awaitable[None]]

log = logging.getLogger(__name__)

State = Literal["fresh", "old", "changed"]

NEVER = -1
"""Before every serial of the answer cache."""

# What looking over a document may raise that is none.
_REFUSALS = (
    ContractBroken,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# Seconds until a document that could not be made anew is due again.
_PAUSE = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, and how long it holds.

    `state` is "old" when it is due to be made anew, and "changed" when somebody said that it must
    be. `read` is the serial of the answer cache from before it was read.
    """

    kind: Kind
    document: Any
    expires: datetime
    is_complete: bool
    read: int
    state: State = "fresh"


class Shelf:
    """Documents in the store, and the answers made of them in memory and in caches in front."""

    def __init__(
        self,
        store: Store,
        answers: AnswerCache,
        clock: Clock,
        *,
        fit: Mapping[Kind, Callable[[Any], Any]],
        recipe: str,
        seconds_missing: float,
        purge: Purge,
    ) -> None:
        """`fit` looks documents over, `seconds_missing` is how long one is known to be gone."""
        self._store = store
        self.answers = answers
        """In memory. Their serial tells what has changed while something was read or made."""
        self._clock = clock
        self._fit = fit
        self._recipe = recipe
        self._seconds_missing = seconds_missing
        self.purge = purge
        """Has caches in front forget documents. Raises `CacheUnavailable`."""
        self._being_kept: Counter[tuple[Kind, str]] = Counter()

    async def find(self, kind: Kind, mbid: str) -> Answer | None:
        """What is kept. Raises `NotFound` if that is word, not old, that there is no such thing."""
        found = (await self.find_many(kind, [mbid])).get(mbid)
        if isinstance(found, NotFound):
            raise found
        return found

    async def find_many(self, kind: Kind, mbids: Sequence[str]) -> dict[str, Answer | NotFound]:
        """What is kept, by id; see `find`."""
        read, replaced = self.answers.serial, frozenset(self._being_kept)
        kept = await find_kept(self._store, kind, mbids)
        found: dict[str, Answer | NotFound] = {}
        for mbid, one in kept.items():
            try:
                answer = self._judged(kind, mbid, one, read, replaced)
            except NotFound as error:
                found[mbid] = error
            else:
                if answer is not None:
                    found[mbid] = answer
        return found

    def _judged(
        self, kind: Kind, mbid: str, kept: Kept, read: int, replaced: Set[tuple[Kind, str]]
    ) -> Answer | None:
        now = self._clock.now()
        if kept.document is None:
            if now < kept.expires:
                raise NotFound(f"MusicBrainz has no {kind} {mbid}")
            return None
        try:  # it may be of another version, or of somebody else
            document = self._fit[kind](kept.document)
        except _REFUSALS as error:
            log.warning("event=kept_document_refused kind=%s id=%s cause=%r", kind, mbid, error)
            return None
        if (kind, document["id"]) in replaced:
            read = NEVER  # it may be what it was: not for memory
        if kept.was_expired or kept.recipe != self._recipe:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "changed")
        if now >= kept.expires:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "old")
        return Answer(kind, document, kept.expires, kept.is_complete, read)

    async def keep(self, mbid: str, answer: Answer, before: Any) -> None:  # noqa: ANN401
        """Put it in its place, and pass on that it is not what it was `before`."""
        kind, document = answer.kind, answer.document
        kept = Kept(document, answer.expires, answer.is_complete, self._recipe)
        entries = {document["id"]: kept.entry()}
        if mbid != document["id"]:
            entries[mbid] = kept.pointer()
        places = Counter((kind, one) for one in entries)
        self._being_kept += places
        try:
            await self._store.put_many(kind, entries)
        finally:
            self._being_kept -= places
        if answer.state == "fresh" and self.answers.has_changed(kind, document["id"], answer.read):
            # It was called changed on its way there, which this has overwritten.
            await self._expire_quietly(kind, entries)
        if before is None or before == document:
            return
        merged = document["oldids"]
        self.answers.outdate(kind, merged)
        try:
            await self.purge(kind, {document["id"], mbid})
            # What was kept under an id before it was merged; the one asked for leads here already.
            known = await self._store.expire_many(kind, [old for old in merged if old != mbid])
            await self.purge(kind, known)
            if kind == "artist" and _as_credited(before) != _as_credited(document):
                await self._expire_albums(document)
        except CacheUnavailable as error:
            log.warning("event=change_not_passed_on kind=%s id=%s cause=%r", kind, mbid, str(error))

    async def _expire_quietly(self, kind: Kind, mbids: Iterable[str]) -> None:
        with suppress(CacheUnavailable):  # what was missed is owed, and expired there later
            await self._store.expire_many(kind, mbids, announce=False)

    async def _expire_albums(self, artist: Any) -> None:  # noqa: ANN401
        """Albums hold their artists, and Lidarr stores those over the artists' own answers."""
        albums = [album["Id"] for album in artist["Albums"]]
        known = await self._store.expire_many("album", albums, announce=False)
        self.answers.outdate("album", known)
        await self.purge("album", known)

    async def bury(self, kind: Kind, mbid: str, old: Answer | None) -> None:
        """There is positively no such document (any more): remember that if there ever was one."""
        self.answers.forget(kind, mbid)
        if old is not None:
            due = self._clock.now() + fuzzed(self._seconds_missing)
            await self._store.put_many(kind, {mbid: Kept(None, due).entry()})

    async def expire(self, kind: Kind, mbids: Iterable[str]) -> set[str]:
        """Have documents made anew before they are served again; the ids there were.

        Raises `Unavailable` if a part of the cache was missed: then it has to be said again.
        """
        mbids = list(mbids)
        # Before: what is being made of the catalogue as it was is not to be kept as new. After: nor
        # is what was read from the store meanwhile.
        self.answers.outdate(kind, mbids)
        try:
            known = await self._store.expire_many(kind, mbids)
            self.answers.outdate(kind, mbids)
            await self.purge(kind, known)
        except CacheUnavailable as error:
            self.answers.outdate(kind, mbids)
            raise Unavailable(str(error)) from error
        return known

    async def expire_all(self, kind: Kind) -> None:
        """Have every document of a kind made anew before it is served again.

        Raises `CacheUnavailable` if a part of the cache was missed.
        """
        self.answers.outdate_all(kind)  # before and after, as in `expire`
        try:
            await self._store.expire_all(kind)
        finally:
            self.answers.outdate_all(kind)
        await self.purge(kind, None)


def _as_credited(artist: Any) -> dict[str, Any]:  # noqa: ANN401
    """The artist as albums hold it."""
    return {key: value for key, value in artist.items() if key != "Albums"}
