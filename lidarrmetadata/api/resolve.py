"""MusicBrainz ids for artists and albums that somebody else names: through search, then compared.

What is taken must be the thing itself, since Lidarr adds it to libraries without asking: a miss is
better than the wrong album.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, TypeVar

from Levenshtein import ratio as likeness

from lidarrmetadata.api.lookup import first_that_can
from lidarrmetadata.errors import Unavailable
from lidarrmetadata.provider.mixins import ListedMixin
from lidarrmetadata.search.folding import LONGEST, keys, spelling, without_edition, words
from lidarrmetadata.search.matching import ANYBODY, SAME, Match
from lidarrmetadata.search.ranking import Hit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from lidarrmetadata.api.search import FoundId, Scope
    from lidarrmetadata.provider.mixins import Listed
    from lidarrmetadata.services import Services

log = logging.getLogger(__name__)

T = TypeVar("T")

_HITS = 10  # of each search, among which the right one is looked for
_AT_ONCE = 16  # searches
# The lowest score of a hit that is the very thing: for albums title and artist may each lose 1.
_SAME_SCORE = Hit("album", "", Match(SAME, 2), ()).score
# What shops append to titles, and MusicBrainz does not.
_OF_SHOPS = re.compile(
    r"\s+[-–—]\s+(?:EP|Single)\s*\Z|\s*[(\[](?:feat|ft)\.?\s[^()\[\]]*[)\]]", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile("[ivx]+")


async def albums(
    services: Services, wanted: Sequence[tuple[str, str]], ratio: float
) -> list[Listed | None]:
    """The albums of these artists and titles; None where there is none like that.

    A title and its artist's name have to be `ratio` alike, from 0 to 1, unless search has found
    both to be another name of the same. One that cannot be looked for is None, too. Raises
    `Unavailable` if that befalls all of them, or if what was found cannot be named.
    """
    questions = [(_without_shop(title), artist) for artist, title in wanted]
    found = await _found(services, "album", questions)
    listed = await _named(services, found, lambda provider, mbids: provider.listed_albums(mbids))

    def chosen() -> list[Listed | None]:
        return [
            next((listed[hit.id] for hit in hits if _is_album(one, hit, listed, ratio)), None)
            for one, hits in zip(wanted, found, strict=True)
        ]

    return await asyncio.to_thread(chosen)


async def artists(
    services: Services, wanted: Sequence[str], ratio: float
) -> list[tuple[str, str] | None]:
    """(id, name) of the artists of these names; None where there is none like that.

    Otherwise like `albums`.
    """
    found = await _found(services, "artist", [(name, "") for name in wanted])
    listed = await _named(services, found, lambda provider, mbids: provider.listed_artists(mbids))

    def chosen() -> list[tuple[str, str] | None]:
        return [
            next((listed[hit.id] for hit in hits if _is_artist(name, hit, listed, ratio)), None)
            for name, hits in zip(wanted, found, strict=True)
        ]

    return await asyncio.to_thread(chosen)


def are_alike(one: str, other: str, ratio: float) -> bool:
    """Whether two names are alike but for case, accents, spaces and "(Deluxe Edition)".

    Never if they hold other numbers: "Vol. 2" is not "Vol. 3".
    """
    return any(
        _are_alike(ours, theirs, ratio)
        for ours, theirs in ((one, other), (_bare(one), _bare(other)))
    )


def _are_alike(one: str, other: str, ratio: float) -> bool:
    ours, theirs = spelling(one), spelling(other)
    if _DIGITS.findall(ours) != _DIGITS.findall(theirs):
        return False
    if likeness(ours, theirs) >= ratio:
        return True
    return bool(words(one)) and likeness("".join(words(one)), "".join(words(other))) >= ratio


def _is_album(
    wanted: tuple[str, str], hit: FoundId, listed: Mapping[str, Listed], ratio: float
) -> bool:
    album = listed.get(hit.id)
    if album is None:
        return False
    artist, title = wanted
    by = keys(artist)
    if not by:  # search has found it by its title alone
        return False
    if not ANYBODY.isdisjoint(by):  # search takes anybody's album for theirs
        by_them = not ANYBODY.isdisjoint(keys(album.artist_name))
    else:
        by_them = hit.score >= _SAME_SCORE or are_alike(artist, album.artist_name, ratio)
    return by_them and (hit.score >= _SAME_SCORE or _is_title(title, album.title, ratio))


def _is_title(wanted: str, title: str, ratio: float) -> bool:
    """Whether titles are alike; "II" and "III" are numbers in them."""
    return any(
        _romans(ours) == _romans(title) and are_alike(ours, title, ratio)
        for ours in (wanted, _without_shop(wanted))
    )


def _is_artist(
    wanted: str, hit: FoundId, listed: Mapping[str, tuple[str, str]], ratio: float
) -> bool:
    if hit.id not in listed:
        return False
    return hit.score >= _SAME_SCORE or are_alike(wanted, listed[hit.id][1], ratio)


def _romans(title: str) -> list[str]:
    return [word for word in words(title) if _ROMAN.fullmatch(word)]


def _bare(text: str) -> str:
    return without_edition(_without_shop(text))


def _without_shop(title: str) -> str:
    return _OF_SHOPS.sub("", title[:LONGEST]).strip() or title


async def _found(
    services: Services, scope: Scope, questions: Iterable[tuple[str, str]]
) -> list[list[FoundId]]:
    """The best hits of each question, none if it cannot be asked.

    Raises `Unavailable` if none of them can be.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def find(text: str, artist: str) -> list[FoundId] | Unavailable:
        async with turns:
            try:
                return await services.searches.find(scope, text, artist, _HITS)
            except Unavailable as error:
                return error

    answers = await asyncio.gather(*(find(text, artist) for text, artist in questions))
    failures = [answer for answer in answers if isinstance(answer, Unavailable)]
    if failures:
        log.warning(
            "event=not_resolved kind=%s many=%d of=%d cause=%r",
            scope,
            len(failures),
            len(answers),
            str(failures[0]),
        )
        if len(failures) == len(answers):
            raise failures[0]
    return [[] if isinstance(answer, Unavailable) else answer for answer in answers]


async def _named(
    services: Services,
    found: Iterable[Iterable[FoundId]],
    ask: Callable[[ListedMixin, list[str]], Awaitable[dict[str, T]]],
) -> dict[str, T]:
    """What all these hits are called, asked for at once. Raises `Unavailable`."""
    mbids = list(dict.fromkeys(hit.id for hits in found for hit in hits))
    if not mbids:
        return {}
    listed, _ = await first_that_can(
        services.providers.having(ListedMixin), lambda provider: ask(provider, mbids)
    )
    return listed
