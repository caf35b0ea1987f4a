"""Finished documents, kept: served at once, made anew when they are old, and never lost.

A document is made once however many ask for it, and served as it was, however old, when it cannot
be made anew.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lidarrmetadata.api.carry import carried_over
from lidarrmetadata.api.lookup import Together
from lidarrmetadata.api.shelf import NEVER, Answer
from lidarrmetadata.cache.entry import STALE, fuzzed
from lidarrmetadata.cache.store import CacheUnavailable
from lidarrmetadata.errors import ContractBroken, MetadataError, NotFound, Unavailable
from lidarrmetadata.resilience.singleflight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from lidarrmetadata.api.enrich import Asked
    from lidarrmetadata.api.shelf import Shelf, State
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.resilience.clock import Clock
    from lidarrmetadata.resilience.singleflight import Tell

    _Key = tuple[Kind, str, bool]
    Make = Callable[[str, bool, Together | None], Awaitable[Asked[Any]]]

log = logging.getLogger(__name__)

# Seconds that sources get to say everything anew when somebody asks for that.
_REFRESH_SECONDS = 10.0
# Seconds that sources get after the answer has gone out: longer than any of them may take.
_REST_SECONDS = 60.0
# Renewals under way at once for documents that were served old; others wait for the next to ask.
_MOST_RENEWALS = 64
# Seconds beyond the budget for a document that has to be made anew: one that waited for a source
# until the budget was used up is still newer than what is kept.
_GRACE_SECONDS = 0.5
# Documents made of one question to the catalogue: more would keep each other waiting.
_TOGETHER = 10


@dataclass(slots=True)
class _Course:
    """Of which state of the catalogue a document under way will be, by the answer cache's serial.

    Whoever asks after a change is not given what was read before it.
    """

    ids: set[str]
    read: int


class DocumentBook:
    """Looks up finished documents: on the shelf, else by making them."""

    def __init__(
        self,
        shelf: Shelf,
        clock: Clock,
        *,
        makers: Mapping[Kind, Make],
        lifetimes: Mapping[str, Any],
        budget: float,
    ) -> None:
        """`makers` are of api/artist.py and api/album.py, `budget` is in seconds."""
        self._shelf = shelf
        self._answers = shelf.answers
        self._clock = clock
        self._makers = makers
        self._lifetimes = lifetimes
        self._budget = budget
        self._flights: SingleFlight[_Key, Answer] = SingleFlight()
        self._courses: dict[_Key, _Course] = {}
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
        return await self._current(kind, mbid, await self._shelf.find(kind, mbid), None)

    async def get_many(self, kind: Kind, mbids: Sequence[str]) -> dict[str, Answer | MetadataError]:
        """The documents of many ids, each as `get` would have it, or what it would raise.

        The store is asked once, and the catalogue once for every few that are to be made.
        """
        found = await self._shelf.find_many(kind, mbids)
        made = [mbid for mbid in mbids if _must_be_made(found.get(mbid))]
        together = {
            mbid: group for batch in _batches(made) for group in [Together(batch)] for mbid in batch
        }

        async def one(mbid: str) -> Answer | MetadataError:
            kept = found.get(mbid)
            try:
                if isinstance(kept, NotFound):
                    return kept
                return await self._current(kind, mbid, kept, together.get(mbid))
            except MetadataError as error:
                return error
            except Exception as error:
                log.error("event=document_not_made kind=%s id=%s", kind, mbid, exc_info=error)
                return Unavailable(f"the {kind} {mbid} could not be made")

        answers = await asyncio.gather(*map(one, mbids))
        return dict(zip(mbids, answers, strict=True))

    async def _current(
        self, kind: Kind, mbid: str, kept: Answer | None, together: Together | None
    ) -> Answer:
        if kept is None and self._is_overtaken((kind, mbid, False)):
            kept = await self._shelf.find(
                kind, mbid
            )  # the change may be that another process made it
        if kept is None:
            return await self._flight(kind, mbid, None, together=together)
        if kept.state == "old":
            self.renew(kind, mbid)
        if kept.state != "changed":
            return kept
        try:
            return await asyncio.wait_for(
                self._flight(kind, mbid, kept, together=together), self._budget + _GRACE_SECONDS
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
        old = await self._find_or_nothing(kind, mbid)
        try:
            answer = await self._flight(kind, mbid, old, anew=True)
        except (Unavailable, ContractBroken):
            await self.expire(kind, [mbid])
            raise
        try:
            await self._shelf.purge(kind, {answer.document["id"], mbid})
        except CacheUnavailable as error:
            raise Unavailable(str(error)) from error
        return answer, old is None or old.document != answer.document

    async def expire(self, kind: Kind, mbids: Iterable[str]) -> set[str]:
        """See `Shelf.expire`."""
        return await self._shelf.expire(kind, mbids)

    async def expire_all(self, kind: Kind) -> None:
        """See `Shelf.expire_all`."""
        await self._shelf.expire_all(kind)

    def _flight(
        self,
        kind: Kind,
        mbid: str,
        old: Answer | None,
        *,
        anew: bool = False,
        together: Together | None = None,
    ) -> asyncio.Future[Answer]:
        key = (kind, mbid, anew)
        # One that has landed this very moment is not known to be overtaken any more.
        if self._is_overtaken(key) or key not in self._courses:
            self._flights.leave(key)
        course = _Course({mbid}, self._answers.serial)
        if key not in self._flights:
            self._courses[key] = course
        return self._flights.join(key, lambda tell: self._fly(key, old, course, together, tell))

    def _is_overtaken(self, key: _Key) -> bool:
        """Whether what is under way may be of the catalogue as it was before a change."""
        course = self._courses.get(key)
        return course is not None and any(
            self._answers.has_changed(key[0], mbid, course.read) for mbid in course.ids
        )

    async def _fly(
        self,
        key: _Key,
        old: Answer | None,
        course: _Course,
        together: Together | None,
        tell: Tell[Answer],
    ) -> None:
        try:
            await self._steer(key, old, course, together, tell)
        finally:
            if self._courses.get(key) is course:
                del self._courses[key]

    async def _steer(
        self,
        key: _Key,
        old: Answer | None,
        course: _Course,
        together: Together | None,
        tell: Tell[Answer],
    ) -> None:
        kind, mbid, anew = key
        begun = asyncio.get_running_loop().time()
        try:
            asked = await self._makers[kind](mbid, anew, together)
        except NotFound:
            await self._shelf.bury(kind, mbid, old)
            raise
        if anew:
            await asked.told(begun + _REFRESH_SECONDS)
        else:
            await asked.answered(begun + self._budget)
        was_told = asked.is_told
        before = None if old is None else old.document
        answer = self._told(kind, asked, before, course)
        if anew:  # whoever asks next, anywhere, is to get this one
            await self._shelf.keep(mbid, answer, before)
            tell(answer)
        else:
            # Nobody waits for the store. But until it knows, nobody else must begin anew.
            tell(answer)
            await self._shelf.keep(mbid, answer, before)
        if not was_told:
            await asked.told(begun + _REST_SECONDS)
            late = self._told(kind, asked, answer.document, course)
            await self._shelf.keep(mbid, late, answer.document)

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
        course.read = NEVER if changed else self._answers.serial
        lifetime = self._lifetimes[kind if is_complete else "provider_error"]
        due = STALE if changed else self._clock.now() + fuzzed(lifetime)
        state: State = "changed" if changed else "fresh"
        return Answer(kind, document, due, is_complete, self._answers.serial, state)

    async def _find_or_nothing(self, kind: Kind, mbid: str) -> Answer | None:
        try:
            return await self._shelf.find(kind, mbid)
        except NotFound:
            return None

    async def _renew(self, kind: Kind, mbid: str) -> None:
        try:
            kept = await self._shelf.find(kind, mbid)
            if kept is None or kept.state != "fresh":
                await self._flight(kind, mbid, kept)
            else:  # somebody else has renewed it
                self._answers.outdate(kind, [mbid])
        except MetadataError as error:
            log.debug("event=not_renewed kind=%s id=%s cause=%r", kind, mbid, str(error))
        except Exception as error:
            log.error("event=document_not_made kind=%s id=%s", kind, mbid, exc_info=error)


def _must_be_made(kept: Answer | NotFound | None) -> bool:
    """Whether an answer has to wait for the catalogue."""
    return kept is None or (not isinstance(kept, NotFound) and kept.state == "changed")


def _batches(mbids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(mbids), _TOGETHER):
        yield mbids[start : start + _TOGETHER]
