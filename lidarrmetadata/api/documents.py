"""Finished documents, kept: served at once, made anew when they are old, and never lost.

A document is made once however many ask for it, and served as it was, however old, when it cannot
be made anew.
"""

from __future__ import annotations

import asyncio
import logging
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
        self._flights: SingleFlight[tuple[Kind, str, bool], Answer] = SingleFlight()
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
        if kept is not None and kept.state == "fresh":
            return kept
        flight = self._flight(kind, mbid, kept)
        if kept is None:
            return await flight
        if kept.state == "old":
            return kept
        try:
            return await asyncio.wait_for(flight, self._budget)
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
        await self._purge(kind, [answer.document["id"]])
        return answer, old is None or old.document != answer.document

    async def expire(self, kind: Kind, mbids: Iterable[str]) -> set[str]:
        """Have documents made anew before they are served again; the ids there were.

        Raises `Unavailable` if a part of the cache was missed: then it has to be said again.
        """
        mbids = list(mbids)
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
        try:
            await self._store.expire_all(kind)
        finally:
            self._answers.outdate_all(kind)
        await self._purge(kind, None)

    async def _look_up(self, kind: Kind, mbid: str) -> Answer | None:
        """What is kept. Raises `NotFound` if that is word, not old, that there is no such thing."""
        read = self._answers.serial
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
        except (ContractBroken, ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.warning("event=kept_document_refused kind=%s id=%s cause=%r", kind, mbid, error)
            return None
        if kept.was_expired or kept.recipe != self._recipe:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "changed")
        if now >= kept.expires:
            return Answer(kind, document, now + _PAUSE, kept.is_complete, read, "old")
        return Answer(kind, document, kept.expires, kept.is_complete, read)

    def _flight(
        self, kind: Kind, mbid: str, old: Answer | None, *, anew: bool = False
    ) -> asyncio.Future[Answer]:
        return self._flights.join(
            (kind, mbid, anew), lambda tell: self._fly(kind, mbid, old, anew, tell)
        )

    async def _fly(
        self, kind: Kind, mbid: str, old: Answer | None, anew: bool, tell: Tell[Answer]
    ) -> None:
        begun, read = asyncio.get_running_loop().time(), self._answers.serial
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
        answer = self._told(kind, asked, before, read)
        if anew:  # whoever asks next, anywhere, is to get this one
            await self._keep(mbid, answer, before)
            tell(answer)
        else:
            # Nobody waits for the store. But until it knows, nobody else must begin anew.
            tell(answer)
            await self._keep(mbid, answer, before)
        if not was_told:
            read = self._answers.serial
            await asked.told(begun + _REST_SECONDS)
            late = self._told(kind, asked, answer.document, read)
            await self._keep(mbid, late, answer.document)

    def _told(self, kind: Kind, asked: Asked[Any], before: Any, read: int) -> Answer:  # noqa: ANN401
        """The answer with a document just made; what is in memory of it is not served any more.

        If it was called changed after `read`, this may be what it was before that.
        """
        document, is_complete = asked.document(), asked.is_complete
        if before is not None and not is_complete:
            document = carried_over(document, before)
        mbid = document["id"]
        changed = self._answers.has_changed(kind, mbid, read)
        self._answers.outdate(kind, [mbid])
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
        await self._store.put_many(kind, entries)
        if before is None or before == document:
            return
        try:
            await self._purge(kind, [document["id"]])
            await self._store.expire_many(kind, document["oldids"])
            if kind == "artist" and _as_credited(before) != _as_credited(document):
                await self._expire_albums(document)
        except CacheUnavailable as error:
            log.warning("event=change_not_passed_on kind=%s id=%s cause=%r", kind, mbid, str(error))

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


def _as_credited(artist: Any) -> dict[str, Any]:  # noqa: ANN401
    """The artist as albums hold it."""
    return {key: value for key, value in artist.items() if key != "Albums"}
