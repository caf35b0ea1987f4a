"""Which of the candidates come first: by level, then by renown, and by id where nothing else tells.

Lists that Lidarr imports take the first hit blindly, so the order is never left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.search.folding import keys
from lidarrmetadata.search.matching import (
    ANYBODY,
    MOST_LOSS,
    NO_MATCH,
    SAME,
    Level,
    Match,
    Query,
    match,
    mixed_match,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lidarrmetadata.documents import Kind
    from lidarrmetadata.search.names import AlbumNames, ArtistNames

_SCORES = {
    Level.EXACT: 100,
    Level.ALIAS: 98,
    Level.LOOSE: 95,
    Level.MIXED: 92,
    Level.NEAR: 85,
    Level.IN_ORDER: 75,
    Level.FUZZY: 65,
    Level.PARTIAL: 60,
}
_VARIOUS = Query.of("Various Artists")
_ITS_ARTIST = 3  # credits: the whole, the first artist as printed, and by its own name
_NOBODY = "["  # how the names of all special-purpose artists begin but Various Artists


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer to a query. `order` sorts hits of one kind, the best first."""

    kind: Kind
    id: str
    match: Match
    order: tuple[int, ...]
    artist_id: str = ""
    """Of an album that was asked for by title and artist in one query: the artist."""

    @property
    def score(self) -> int:
        """How good it is, from 100 for the very name down to 1."""
        return max(1, _SCORES[self.match.level] - self.match.loss // 2)


def rank_artists(query: Query, candidates: Iterable[ArtistNames], limit: int) -> list[Hit]:
    """The best of the artists that answer a query at all."""
    hits = []
    for artist in candidates:
        found = match(query, artist.name, (artist.sort_name or artist.name, *artist.aliases))
        if found != NO_MATCH:
            order = (found.level, found.loss, 0, 0, -artist.renown)
            hits.append(Hit("artist", artist.id, found, order))
    return _best(hits, limit)


def rank_albums(
    query: Query, artist: Query, candidates: Iterable[AlbumNames], limit: int
) -> list[Hit]:
    """The best of the albums that answer a query.

    With an artist only theirs, or what may be theirs. Various Artists are no artist: albums of
    theirs come first, but any may have been meant.
    """
    anybody = not ANYBODY.isdisjoint(artist.keys)
    artist = _VARIOUS if anybody else artist
    hits = []
    for album in candidates:
        found = match(query, album.title, album.aliases)
        weight = 0
        named = ""
        if artist:
            theirs = match(artist, album.credits[0] if album.credits else "", album.credits[1:])
            if found == NO_MATCH or (theirs == NO_MATCH and not anybody):
                continue
            weight = found.level + theirs.level
            if not anybody:
                level = max(found.level, theirs.level)
                found = Match(level, min(found.loss + theirs.loss, MOST_LOSS))
        elif (mixed := mixed_match(query, album.title, album.aliases, album.credits)) < found:
            found = mixed
            named = "" if _is_nobody(album) else album.artist_id
        if found != NO_MATCH:
            order = (found.level, weight, found.loss, album.grade, -album.renown)
            hits.append(Hit("album", album.id, found, order, named))
    return _best(hits, limit)


def interleave(artists: Sequence[Hit], albums: Sequence[Hit]) -> list[Hit]:
    """Artists and albums as one list: an artist before an album that is as good.

    Where the query names both, the artist comes first, then the album by that artist.
    """
    both = _with_credited(list(artists), albums)
    return sorted([*both, *albums], key=_place)


def _with_credited(artists: list[Hit], albums: Sequence[Hit]) -> list[Hit]:
    """Raise the artist of the best album that was asked for along with its artist."""
    best = next((album for album in albums if album.artist_id), None)
    if best is None:
        return artists
    known = next((artist for artist in artists if artist.id == best.artist_id), None)
    if known is not None and known.match <= best.match:
        return artists
    raised = Hit("artist", best.artist_id, best.match, (best.match.level, best.match.loss))
    return [raised, *(artist for artist in artists if artist.id != raised.id)]


def _is_nobody(album: AlbumNames) -> bool:
    """Whether it is credited to what is no artist, and therefore never a hit."""
    return any(
        name.startswith(_NOBODY) or not ANYBODY.isdisjoint(keys(name))
        for name in album.credits[:_ITS_ARTIST]
    )


def _place(hit: Hit) -> tuple[int, bool, tuple[int, ...], str]:
    # A name and the same name with an article are one thing here, or ten albums called "Beatles"
    # would come before The Beatles.
    level = max(hit.match.level, SAME)
    return (level, hit.kind == "album", hit.order, hit.id)


def _best(hits: list[Hit], limit: int) -> list[Hit]:
    return sorted(hits, key=lambda hit: (hit.order, hit.id))[:limit]
