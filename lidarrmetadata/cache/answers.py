"""Finished answers in memory, as the bytes that go over the wire."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lidarrmetadata.documents import Kind

# Bytes an answer takes besides its bodies and address: objects and places in dicts (64 bit).
_OVERHEAD = 1500
_OVERHEAD_OF_DOCUMENT = 300  # for each it is made of
# How many changes are remembered for answers that were begun before them.
_MARKS = 10_000
# Seconds a shared cache may keep an answer that is not as it should be: old, or under an address
# that is not purged when it changes.
SHORT = 300
# How long an old answer is served before its renewal is tried once more.
_PATIENCE = timedelta(seconds=3)


Document = tuple["Kind", str]
"""A document by its kind and one of its ids."""


class Address(NamedTuple):
    """Where an answer is: the path as routes know it, in lower case, and the query as it came."""

    path: str
    query: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as bytes. `zipped` is None if compressing is not worth it."""

    body: bytes
    zipped: bytes | None
    tag: str
    """Recognises the body; the compressed form is a representation of its own and has another."""


@dataclass(frozen=True, slots=True)
class Life:
    """How long an answer holds, here and in shared caches.

    `due` is when it is to be made anew. `purged` says that shared caches are told when it changes,
    so that they may keep it for `most` seconds whatever its age; without that it is `due` for them
    as well.
    """

    due: datetime
    most: int
    purged: bool

    def shared_seconds(self, now: datetime) -> int:
        """Seconds a shared cache may keep it from now on (`s-maxage`)."""
        if now >= self.due:
            return min(SHORT, self.most)
        return self.most if self.purged else min(self.most, int((self.due - now).total_seconds()))


@dataclass(slots=True)
class Kept:
    """An answer, and of which documents it is made: their kinds and all ids they are known by."""

    documents: frozenset[Document]
    rendered: Rendered
    life: Life
    try_again: datetime
    """Until then it is served as it is: it is not due, or renewing it has just been tried."""
    outdated: bool = False
    """It has changed: to be made anew before it is served, or served if that fails."""
    renewal: Document | None = None
    """The document that is to be made anew, while this is served, when this is due. None: not while
    it is served, but before."""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        rendered = self.rendered
        self.size = _OVERHEAD + len(rendered.body) + len(rendered.zipped or b"")
        self.size += _OVERHEAD_OF_DOCUMENT * max(0, len(self.documents) - 1)

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to make it anew."""
        return now >= self.try_again

    def tried(self, now: datetime) -> None:
        """It is being made anew: not once more for each request until that is done."""
        self.try_again = now + _PATIENCE


class AnswerCache:
    """At most `max_bytes` bytes of answers, the longest unused thrown out first.

    What was called changed is not forgotten: it is all there is if everything else fails.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Address, Kept] = OrderedDict()
        self._addresses: dict[tuple[str, str], set[Address]] = {}
        self._bytes = 0
        self._serial = 0
        self._marks: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._all_marked = 0  # nothing read before this serial may be taken for new
        self.outcomes: Counter[str] = Counter()
        """For metrics: how often one was a `hit`, `old`, or `rescued` when all else failed."""

    @property
    def size(self) -> int:
        """Bytes in use, about."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def serial(self) -> int:
        """Grows with every change. Who begins to read a document notes it, for `keep`."""
        return self._serial

    def has_changed(self, kind: str, mbid: str, read: int) -> bool:
        """Whether a document may have changed since `serial` was `read`."""
        return read < self._all_marked or self._marks.get((kind, mbid), 0) > read

    def find(self, path: str, query: bytes) -> Kept | None:
        """The answer under this address, in whatever spelling, as it is."""
        address = Address(path.lower(), query)
        kept = self._kept.get(address)
        if kept is not None:
            self._kept.move_to_end(address)
        return kept

    def keep(self, address: Address, kept: Kept, read: int) -> None:
        """Keep an answer whose document was read when `serial` was `read`.

        If it changed since, this answer is outdated already.
        """
        self._drop(address)
        if kept.size > self._max_bytes:
            return
        kept.outdated |= any(self.has_changed(*document, read) for document in kept.documents)
        self._kept[address] = kept
        self._bytes += kept.size
        for document in kept.documents:
            self._addresses.setdefault(document, set()).add(address)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def outdate(self, kind: str, mbids: Iterable[str]) -> None:
        """These documents have changed."""
        self._serial += 1
        for mbid in mbids:
            self._mark((kind, mbid))
            for address in self._addresses.get((kind, mbid), ()):
                self._kept[address].outdated = True

    def outdate_all(self, kind: str) -> None:
        """Any document of this kind may have changed."""
        self._serial += 1
        self._all_marked = self._serial
        for kept in self._kept.values():
            if any(of == kind for of, _ in kept.documents):
                kept.outdated = True

    def forget(self, kind: str, mbid: str) -> None:
        """There is no such document any more."""
        self.outdate(kind, [mbid])
        for address in list(self._addresses.get((kind, mbid), ())):
            self._drop(address)

    def _mark(self, document: tuple[str, str]) -> None:
        self._marks[document] = self._serial
        self._marks.move_to_end(document)
        if len(self._marks) > _MARKS:
            # What is no longer known of one is taken to hold for all.
            self._all_marked = max(self._all_marked, self._marks.popitem(last=False)[1])

    def _drop(self, address: Address) -> None:
        if (kept := self._kept.pop(address, None)) is None:
            return
        self._bytes -= kept.size
        for document in kept.documents:
            places = self._addresses[document]
            places.discard(address)
            if not places:
                del self._addresses[document]
