"""Mend what Lidarr would choke on, refuse what cannot be mended: every answer goes through here."""

from __future__ import annotations

import logging
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from . import shapes
from .judge import violations
from .relations import NO_USABLE_RELEASE, below
from .repair import NULL_ELEMENT, NULL_LIST, Repairs, repair
from .settled import settled, settled_album, settled_artist
from .together import fit, without_repeated
from .values import as_text
from .violation import Mended, Unmendable, Violation, join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..documents import Album, Artist
    from .shapes import Shape

# Repairs that leave Lidarr with fewer tracks than there may be: a null where a release, a list of
# tracks or a track should be.
_LOSSES = frozenset({NULL_LIST, NULL_ELEMENT})
_TRACKS = re.compile(r"Releases\[\d+\](\.Tracks(\[\d+\])?)?")

logger = logging.getLogger("lidarrmetadata.contract")

ListKind = Literal[
    "search-artist",
    "search-album",
    "search-all",
    "fingerprint",
    "chart",
    "series",
    "spotify-map",
    "spotify-lookup",
]


def mend_artist(document: Artist) -> Mended[Artist]:
    """Return an artist Lidarr takes, and what had to be done for it.

    Without repairs the result holds the given object itself; the given object is never altered.
    Raises `ContractBroken` if the artist, or an album listed below it, has no id or no name.
    """
    if settled_artist(document):
        return Mended(document, [])
    repairs: Repairs = []
    artist = repair(shapes.ARTIST, document, "", repairs)
    return Mended(cast("Artist", artist), repairs)


def mend_album(document: Album) -> Mended[Album]:
    """Return an album Lidarr takes, and what had to be done for it.

    Without repairs the result holds the given object itself; the given object is never altered.
    Raises `ContractBroken` if the album or anything in it lacks its id or title, if its artist is
    not among `artists`, or if it has no release. An album with releases none of which Lidarr uses
    (DVDs only, no tracks known) is the truth and passes, unless it is a defect in the document
    that made it so.
    """
    if settled_album(document):
        return Mended(document, [])
    repairs: Repairs = []
    album = fit(repair(shapes.ALBUM, document, "", repairs), repairs)
    lost = [r for r in repairs if r.rule in _LOSSES and _TRACKS.fullmatch(r.path)]
    if lost and any(v.rule == NO_USABLE_RELEASE for v in violations("album", album)):
        raise Unmendable(NO_USABLE_RELEASE, lost[0].path, f"{shapes.DELETED}: {lost[0].reason}")
    return Mended(cast("Album", album), repairs)


def mend_list(kind: ListKind, documents: list[Any]) -> Mended[list[Any]]:
    """Return a list Lidarr takes: a bad element would fail all, so it is dropped with a warning.

    Without repairs the result holds the given list itself; paths of repairs begin with the index
    in the given list. Raises `ContractBroken` if there is no list, `KeyError` for a kind that is
    none.
    """
    mend = _ELEMENTS[kind]
    if documents is None:
        return Mended([], [Violation(NULL_LIST, "", "A null was replaced by an empty list.")])
    if not isinstance(documents, list):
        raise Unmendable("wrong-type", "", f"A {kind} answer is no list but {documents!r:.40}.")
    repairs: Repairs = []
    kept: list[Any] = []
    for index, document in enumerate(documents):
        try:
            mended = mend(document)
        except Unmendable as broken:
            repairs.extend(below(f"[{index}]", [_dropped(kind, document, broken.violation)]))
            continue
        repairs.extend(below(f"[{index}]", mended.repairs))
        kept.append(mended.document)
    if mend is _mend_pair:
        kept = without_repeated(kept, "spotifyid", "", repairs)
    return Mended(kept if repairs else documents, repairs)


def _dropped(kind: str, document: object, violation: Violation) -> Violation:
    logger.warning(
        "event=dropped_from_answer kind=%s rule=%s id=%s path=%s reason=%r",
        kind,
        violation.rule,
        _id_of(document),
        violation.path or "-",
        violation.reason,
    )
    return Violation(violation.rule, violation.path, f"Dropped. {violation.reason}")


def _id_of(document: object) -> str:
    """Return the id of a document for the log, "-" if it has none to show."""
    if not isinstance(document, dict):
        return "-"
    for key in ("id", "spotifyid", "AlbumId", "ArtistId"):
        if shown := as_text(document.get(key)):
            return shown
    return next((_id_of(document[part]) for part in ("artist", "album") if document.get(part)), "-")


def _mend_found(document: object) -> Mended[Any]:
    """Mend a result of the search for all: of its artist and album one has to survive."""
    envelope = _mend_envelope(document)
    found, repairs = envelope.document, envelope.repairs
    parts: dict[str, Any] = {}
    failures: list[Unmendable] = []
    for part, mend in _PARTS.items():
        if found.get(part) is None:
            continue
        try:
            mended = mend(found[part])
        except Unmendable as error:
            violation = error.violation
            path = join(part, violation.path)
            failures.append(Unmendable(violation.rule, path, violation.reason))
            parts[part] = None
        else:
            repairs.extend(below(part, mended.repairs))
            parts[part] = mended.document
    if not any(parts.values()):
        raise failures[0] if failures else Unmendable("empty-result", "", "It holds nothing.")
    repairs.extend(_dropped("search-all", found, failure.violation) for failure in failures)
    changed = any(found[part] is not kept for part, kept in parts.items())
    return Mended({**found, **parts} if changed else found, repairs)


def _mend_by(shape: Shape) -> Callable[[object], Mended[dict[str, Any]]]:
    """Return the mending of objects that are a row of plain fields."""

    def mend(document: object) -> Mended[dict[str, Any]]:
        repairs: Repairs = []
        if isinstance(document, dict) and settled(shape, [document]):
            return Mended(document, repairs)
        return Mended(repair(shape, document, "", repairs), repairs)

    return mend


_PARTS: Mapping[str, Callable[[Any], Mended[Any]]] = MappingProxyType(
    {"artist": mend_artist, "album": mend_album}
)
_mend_envelope = _mend_by(shapes.FOUND_ENVELOPE)
_mend_pair = _mend_by(shapes.SPOTIFY_PAIR)
_mend_chart_item = _mend_by(shapes.CHART_ITEM)
_ELEMENTS: Mapping[str, Callable[[Any], Mended[Any]]] = MappingProxyType(
    {
        "search-artist": mend_artist,
        "search-album": mend_album,
        "search-all": _mend_found,
        "fingerprint": mend_album,
        "chart": _mend_chart_item,
        "series": _mend_chart_item,
        "spotify-map": _mend_pair,
        "spotify-lookup": _mend_pair,
    }
)
