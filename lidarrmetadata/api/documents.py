"""Finished documents, kept: served at once, made anew when they are old, and never lost.

A document is made once however many ask for it, and served as it was, however old, when it cannot
be made anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from lidarrmetadata.api import kept as shelf
from lidarrmetadata.api.carry import carried_over
from lidarrmetadata.api.kept import Kept
from lidarrmetadata.cache.entry import STALE, fuzzed
from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.errors import ContractBroken, MetadataError, NotFound, Unavailable
from lidarrmetadata.resilience.singleflight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from datetime import datetime

    from lidarrmetadata.api.enrich import Asked
    from lidarrmetadata.cache.answers import AnswerCache
    from lidarrmetadata.cache.store import Store
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.singleflight import Tell

    _Key = tuple[Kind, str, bool]
    Make = Callable[[str, bool], Awaitable[Asked[Any]]]
    Purge = Callable[[Kind, Iterable[str] | None], Awaitable[None]]

log = logging.getLogger(__name__)

State = Literal["fresh", "old", "changed"]

# Seconds that sources get to say everything anew when somebody asks for that.
_REFRESH_SECONDS = 10.0
# Seconds that sources get after the answer has gone out: longer than any of them may take.
_REST_SECONDS = 60.0
# Renewals under way at once for documents that were served old; others wait for the next to ask.
_MOST_RENEWALS = 64
# Seconds beyond the budget for a document that has to be made anew: one that waited for a source
# until the budget was used up is still newer than what is kept.
_GRACE_SECONDS = 0.5
# Before every serial of the answer cache.
_NEVER = -1
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


@dataclass(slots=True)
class _Course:
    """Of which state of the catalogue a document under way will be, by the answer cache's serial.

    Whoever asks after a change is not given what was read before it.
    """

    ids: set[str]
    read: int


class DocumentBook:
    """Looks up finished documents: in the store, else by making them."""

    def __init__(
        self,
        store: Store,
        answers: AnswerCache,
        clock: Clock,
        *,
        makers: Mapping[Kind, Make],
        fit: Mapping[Kind, Callable[[Any], Any]],
        lifetimes: Mapping[str, Any],
        budget: float,
        recipe: str,
        purge: Purge,
    ) -> None:
        """`makers` and `fit` are of api/artist.py and api/album.py, `budget` is in seconds."""
        self._store = store
        self._answers = answers
        self._clock = clock
        self._makers = makers
        self._fit = fit
        self._lifetimes = lifetimes
        self._budget = budget
        self._recipe = recipe
        self._purge = purge
        self._flights: SingleFlight[_Key, Answer] = SingleFlight()
        self._courses: dict[_Key, _Course] = {}
        self._being_kept: Counter[tuple[Kind, str]] = Counter()
        self._renewals: dict[tuple[Kind, str], asyncio.Task[None]] = {}

    async def close(self) -> None:
        """Give up what is still under way."""
        renewals = list(self._renewals.values())
        for renewal in renewals:
            renewal.cancel()
        await asyncio.gather(*renewals, return_exceptions=True)
        await self._flights.close()

    @property
    def under_way(self) -> int:
        """For metrics: documents being made, the keeping of them included."""
        return len(self._flights)

    async def get(self, kind: Kind, mbid: str) -> Answer:
        """The document of a lower-case MBID, current or merged.

        Old ones are served while they are made anew; those that were called changed are served only
        if making them anew fails or takes too long. Raises `NotFound`, `Unavailable`,
        `ContractBroken`.
        """
        kept = await self._look_up(kind, mbid)
        if kept is None and self._is_overtaken((kind, mbid, False)):
            kept = await self._look_up(kind, mbid)  # the change may be that another process made it
        if kept is None:
            return await self._flight(kind, mbid, None)
        if kept.state == "old":
            self.renew(kind, mbid)
        if kept.state != "changed":
            return kept
        try:
            return await asyncio.wait_for(
                self._flight(kind, mbid, kept), self._budget + _GRACE_SECONDS
            )
        except NotFound:
            raise
        except (MetadataError, TimeoutError):
            return kept
        except Exception as error:
            log.error("event=document_not_made kind=%s id=%s", kind, mbid, exc_info=error)
            return kept

    def renew(self, kind: Kind, mbid: str) -> None:
        """Make sure, in the background, that this document is not old."""
        if (kind, mbid) in self._renewals or len(self._renewals) >= _MOST_RENEWALS:
            return
        task = asyncio.create_task(self._renew(kind, mbid))
        self._renewals[kind, mbid] = task
        task.add_done_callback(lambda _: self._renewals.pop((kind, mbid), None))

    async def refresh(self, kind: Kind, mbid: str) -> tuple[Answer, bool]:
        """Make a document anew, with everything sources say now; and whether it has changed.

        What was kept stays until the new one is there. Raises `NotFound`, `ContractBroken`, and
        `Unavailable`, after which the document is made anew when it is next asked for.
        """
        old = await self._look_up_or_nothing(kind, mbid)
        try:
            answer = await self._flight(kind, mbid, old, anew=True)
        except (Unavailable, ContractBroken):
            await self.expire(kind, [mbid])
            raise
        try:
            await self._purge(kind, {answer.document["id"], mbid})
        except CacheUnavailable as error:
            raise Unavailable(str(error)) from error
        return answer, old is None or old.document != answer.document

    async def expire(self, kind: Kind, mbids: Iterable[str]) -> set[str]:
        """Have documents made anew before they are served again; the ids there were.

        Raises `Unavailable` if a part of the cache was missed: then it has to be said again.
        """
        mbids = list(mbids)
        # Before: what is being made of the catalogue as it was is not to be kept as new. After: nor
        # is what was read from the store meanwhile.
        self._answers.outdate(kind, mbids)
        try:
            known = await self._store.expire_many(kind, mbids)
            self._answers.outdate(kind, mbids)
            await self._purge(kind, known)
        except CacheUnavailable as error:
            self._answers.outdate(kind, mbids)
            raise Unavailable(str(error)) from error
        return known

    async def expire_all(self, kind: Kind) -> None:
        """Have every document of a kind made anew before it is served again.

        Raises `CacheUnavailable` if a part of the cache was missed.
        """
        self._answers.outdate_all(kind)  # before and after, as in `expire`
        try:
            await self._store.expire_all(kind)
        finally:
            self._answers.outdate_all(kind)
        await self._purge(kind, None)

    async def _look_up(self, kind: Kind, mbid: str) -> Answer | None:
        """What is kept. Raises `NotFound` if that is word, not old, that there is no such thing."""
        read, replaced = self._answers.serial, frozenset(self._being_kept)
        kept = await shelf.find(self._store, kind, mbid)
        now = self._clock.now()
        if kept is None:
            return None
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
            read = _NEVER  # it may be what it was: not for memory
        if kept.was_expired or kept.recipe != self._recipe:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "changed")
        if now >= kept.expires:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "old")
        return Answer(kind, document, kept.expires, kept.is_complete, read)

    def _flight(
        self, kind: Kind, mbid: str, old: Answer | None, *, anew: bool = False
    ) -> asyncio.Future[Answer]:
        key = (kind, mbid, anew)
        if self._is_overtaken(key):
            self._flights.leave(key)
        course = _Course({mbid}, self._answers.serial)
        if key not in self._flights:
            self._courses[key] = course
        return self._flights.join(key, lambda tell: self._fly(key, old, course, tell))

    def _is_overtaken(self, key: _Key) -> bool:
        """Whether what is under way may be of the catalogue as it was before a change."""
        course = self._courses.get(key)
        return course is not None and any(
            self._answers.has_changed(key[0], mbid, course.read) for mbid in course.ids
        )

    async def _fly(
        self, key: _Key, old: Answer | None, course: _Course, tell: Tell[Answer]
    ) -> None:
        try:
            await self._steer(key, old, course, tell)
        finally:
            if self._courses.get(key) is course:
                del self._courses[key]

    async def _steer(
        self, key: _Key, old: Answer | None, course: _Course, tell: Tell[Answer]
    ) -> None:
        kind, mbid, anew = key
        begun = asyncio.get_running_loop().time()
        try:
            asked = await self._makers[kind](mbid, anew)
        except NotFound:
            await self._bury(kind, mbid, old)
            raise
        if anew:
            await asked.told(begun + _REFRESH_SECONDS)
        else:
            await asked.answered(begun + self._budget)
        was_told = asked.is_told
        before = None if old is None else old.document
        answer = self._told(kind, asked, before, course)
        if anew:  # whoever asks next, anywhere, is to get this one
            await self._keep(mbid, answer, before)
            tell(answer)
        else:
            # Nobody waits for the store. But until it knows, nobody else must begin anew.
            tell(answer)
            await self._keep(mbid, answer, before)
        if not was_told:
            await asked.told(begun + _REST_SECONDS)
            late = self._told(kind, asked, answer.document, course)
            await self._keep(mbid, late, answer.document)

    def _told(self, kind: Kind, asked: Asked[Any], before: Any, course: _Course) -> Answer:  # noqa: ANN401
        """The answer with a document just made; what is in memory of it is not served any more.

        If it was called changed after the catalogue was read, this may be what it was before that.
        """
        document, is_complete = asked.document(), asked.is_complete
        if before is not None and not is_complete:
            document = carried_over(document, before)
        mbid = document["id"]
        changed = self._answers.has_changed(kind, mbid, course.read)
        self._answers.outdate(kind, [mbid])
        course.ids.add(mbid)
        course.read = _NEVER if changed else self._answers.serial
        lifetime = self._lifetimes[kind if is_complete else "provider_error"]
        due = STALE if changed else self._clock.now() + fuzzed(lifetime)
        state: State = "changed" if changed else "fresh"
        return Answer(kind, document, due, is_complete, self._answers.serial, state)

    async def _keep(self, mbid: str, answer: Answer, before: Any) -> None:  # noqa: ANN401
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
        if answer.state == "fresh" and self._answers.has_changed(kind, document["id"], answer.read):
            # It was called changed on its way there, which this has overwritten.
            await self._expire_quietly(kind, entries)
        if before is None or before == document:
            return
        merged = document["oldids"]
        self._answers.outdate(kind, merged)
        try:
            await self._purge(kind, {document["id"], mbid})
            # What was kept under an id before it was merged; the one asked for leads here already.
            known = await self._store.expire_many(kind, [old for old in merged if old != mbid])
            await self._purge(kind, known)
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
        self._answers.outdate("album", known)
        await self._purge("album", known)

    async def _look_up_or_nothing(self, kind: Kind, mbid: str) -> Answer | None:
        try:
            return await self._look_up(kind, mbid)
        except NotFound:
            return None

    async def _bury(self, kind: Kind, mbid: str, old: Answer | None) -> None:
        """There is positively no such document (any more): remember that if there ever was one."""
        self._answers.forget(kind, mbid)
        if old is not None:
            due = self._clock.now() + fuzzed(self._lifetimes["missing"])
            await self._store.put_many(kind, {mbid: Kept(None, due).entry()})

    async def _renew(self, kind: Kind, mbid: str) -> None:
        try:
            kept = await self._look_up(kind, mbid)
            if kept is None or kept.state != "fresh":
                await self._flight(kind, mbid, kept)
            else:  # somebody else has renewed it
                self._answers.outdate(kind, [mbid])
        except MetadataError as error:
            log.debug("event=not_renewed kind=%s id=%s cause=%r", kind, mbid, str(error))
        except Exception as error:
            log.error("event=document_not_made kind=%s id=%s", kind, mbid, exc_info=error)


def _as_credited(artist: Any) -> dict[str, Any]:  # noqa: ANN401
    """The artist as albums hold it."""
    return {key: value for key, value in artist.items() if key != "Albums"}
