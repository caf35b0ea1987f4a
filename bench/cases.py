"""Which documents are measured: ordinary ones, and the largest there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import BenchError

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True)
class Question:
    """What a case asks the database for.

    `sql` takes how many documents are wanted at most and gives rows of gid (text) and size. `unit`
    is what the size counts, `target` the median time aimed at, in milliseconds.
    """

    name: str
    route: str
    unit: str
    target: float | None
    many: bool
    sql: str


@dataclass(frozen=True)
class Case:
    """Documents of one kind. `sizes` is the least and the most they have of the question's unit."""

    question: Question
    mbids: tuple[str, ...]
    sizes: tuple[int, int]

    @property
    def title(self) -> str:
        """One line: what was asked for and what of that kind there is."""
        low, high = self.sizes
        size = f"{low:,}" if low == high else f"{low:,}–{high:,}"
        return f"{self.question.name} ({size} {self.question.unit})"

    @property
    def paths(self) -> list[str]:
        """The addresses of the documents."""
        return [f"/{self.question.route}/{mbid}" for mbid in self.mbids]


# A synthetic catalogue has a Various Artists with an id of its own.
_VARIOUS = """
    (SELECT id FROM artist WHERE name = 'Various Artists'
      ORDER BY gid <> '89ad4ac3-39f7-470e-963a-56509c546377', id LIMIT 1)"""

# By the hash of their ids: a choice without pattern that is the same in every run.
_ARTISTS = f"""
    SELECT artist.gid::text AS gid, count(*) AS size
      FROM artist
      JOIN artist_credit_name AS credit ON credit.artist = artist.id AND credit.position = 0
      JOIN release_group ON release_group.artist_credit = credit.artist_credit
     WHERE artist.id IS DISTINCT FROM {_VARIOUS}
     GROUP BY artist.gid"""
_ALBUMS = """
    SELECT release_group.gid::text AS gid, count(*) AS size
      FROM release_group
      JOIN release ON release.release_group = release_group.id
     GROUP BY release_group.gid"""
_TYPICAL = """
    SELECT gid, size FROM ({counted}) AS counted
     WHERE size BETWEEN 1 AND {most}
     ORDER BY md5(gid) LIMIT $1"""
_NEAREST = """
    SELECT gid, size FROM ({counted}) AS counted
     ORDER BY abs(size - {size}), md5(gid) LIMIT $1"""

_HOT_SIZE = 90  # about 15 kB
_COMPILATION_SIZE = 30
# Its artists, Various Artists and itself make 30 questions to fanart.tv, which takes 60 in ten
# seconds: two documents.
_COLD_COMPILATION_SIZE = 28
# Real Various Artists have 300,000 albums, too many to count the artists of each.
_COMPILATIONS_LOOKED_AT = 5000
_COMPILATIONS = f"""
    SELECT compilation.gid::text AS gid, count(DISTINCT track_credit.artist) AS size
      FROM (SELECT release_group.id, release_group.gid
              FROM release_group
              JOIN artist_credit_name AS credit USING (artist_credit)
             WHERE credit.artist = {_VARIOUS} AND credit.position = 0
             ORDER BY md5(release_group.gid::text)
             LIMIT {_COMPILATIONS_LOOKED_AT}) AS compilation
      JOIN release ON release.release_group = compilation.id
      JOIN medium ON medium.release = release.id
      JOIN track ON track.medium = medium.id
      JOIN artist_credit_name AS track_credit
        ON track_credit.artist_credit = track.artist_credit AND track_credit.position = 0
     GROUP BY compilation.gid"""

# Those with a Wikidata link first: of others Wikipedia has nothing to say.
_LINKED = """
    SELECT gid, size FROM ({counted}) AS counted
     WHERE size BETWEEN 1 AND {most}
     ORDER BY gid NOT IN (SELECT {entity}.gid::text
                            FROM url
                            JOIN l_{entity}_url AS link ON link.entity1 = url.id
                            JOIN {entity} ON {entity}.id = link.entity0
                           WHERE url.url LIKE 'https://www.wikidata.org/wiki/Q%'), md5(gid)
     LIMIT $1"""

TYPICAL_ARTIST = Question(
    "typical artist", "artist", "albums", 6.0, True, _TYPICAL.format(counted=_ARTISTS, most=30)
)
LARGE_ARTIST = Question(
    "3,000-album artist",
    "artist",
    "albums",
    60.0,
    False,
    _NEAREST.format(counted=_ARTISTS, size=3000),
)
TYPICAL_ALBUM = Question(
    "typical album", "album", "releases", 8.0, True, _TYPICAL.format(counted=_ALBUMS, most=5)
)
LARGE_ALBUM = Question(
    "200-release album",
    "album",
    "releases",
    60.0,
    False,
    _NEAREST.format(counted=_ALBUMS, size=200),
)
COMPILATION = Question(
    "30-artist compilation",
    "album",
    "track artists",
    None,
    False,
    _NEAREST.format(counted=_COMPILATIONS, size=_COMPILATION_SIZE),
)
HOT_ARTIST = Question(
    "hot artist",
    "artist",
    "albums",
    None,
    True,
    _NEAREST.format(counted=_ARTISTS, size=_HOT_SIZE),
)
QUESTIONS = (TYPICAL_ARTIST, LARGE_ARTIST, TYPICAL_ALBUM, LARGE_ALBUM, COMPILATION)

COLD_ARTIST = Question(
    "cold artist",
    "artist",
    "albums",
    None,
    True,
    _LINKED.format(counted=_ARTISTS, most=30, entity="artist"),
)
COLD_ALBUM = Question(
    "cold album",
    "album",
    "releases",
    None,
    True,
    _LINKED.format(counted=_ALBUMS, most=5, entity="release_group"),
)
COLD_COMPILATION = Question(
    "cold compilation",
    "album",
    "track artists",
    None,
    True,
    _NEAREST.format(counted=_COMPILATIONS, size=_COLD_COMPILATION_SIZE),
)
COLD_QUESTIONS = (COLD_ARTIST, COLD_ALBUM, COLD_COMPILATION)
"""Those that are asked with outside services, each document once."""


async def find_case(connection: asyncpg.Connection, question: Question, many: int) -> Case:
    """The documents of a question, up to `many` of them, or the one that comes nearest to it.

    Raises `BenchError` if there are none.
    """
    rows = await connection.fetch(question.sql, many if question.many else 1)
    if not rows:
        raise BenchError(
            f"there is no {question.name} in this database; is it one with MusicBrainz' schema and "
            "data, Various Artists among them?"
        )
    sizes = [row["size"] for row in rows]
    return Case(question, tuple(row["gid"] for row in rows), (min(sizes), max(sizes)))
