"""What PostgreSQL needs to find names: functions that fold them, and indexes over what these say.

Catalogues that we make have it. A mirror that somebody else made can be given it, while it is in
use, by whoever owns its tables; running it twice changes nothing:

    python -m lidarrmetadata.mirror.search | psql musicbrainz_db

Without it names are only found as they are spelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lidarrmetadata.statements import statement

if TYPE_CHECKING:
    from lidarrmetadata.mirror.schema import Connection

_MADE_BY = (
    "create_schema",
    "search_letters",
    "search_spelling",
    "search_words",
    "search_key",
    "search_grant",
)

_KEY = "lidarrmetadata.search_key(name)"
_WORDS = "gin (lidarrmetadata.search_words(name))"
# Artists are found by the words of their sort name too: that of a Japanese is in Latin letters.
_BOTH_NAMES = "gin (lidarrmetadata.search_words(name || ' ' || sort_name))"

SEARCH_INDEXES = {
    "lidarrmetadata_artist_key": f"musicbrainz.artist ({_KEY})",
    "lidarrmetadata_artist_words": f"musicbrainz.artist USING {_BOTH_NAMES}",
    "lidarrmetadata_artist_alias_key": f"musicbrainz.artist_alias ({_KEY})",
    "lidarrmetadata_artist_alias_words": f"musicbrainz.artist_alias USING {_WORDS}",
    "lidarrmetadata_release_group_key": f"musicbrainz.release_group ({_KEY}, artist_credit)",
    "lidarrmetadata_release_group_words": f"musicbrainz.release_group USING {_WORDS}",
    "lidarrmetadata_release_group_alias_key": f"musicbrainz.release_group_alias ({_KEY})",
}
"""What each of our indexes is on, by name."""


def search_statements() -> list[str]:
    """What makes functions and indexes, in this order."""
    return [
        *(statement(f"mirror/{name}") for name in _MADE_BY),
        *(f"CREATE INDEX IF NOT EXISTS {name} ON {on}" for name, on in SEARCH_INDEXES.items()),
    ]


async def can_be_searched(connection: Connection) -> bool:
    """Whether the functions are there, and so the indexes. Raises what asyncpg raises."""
    found = await connection.fetchval("SELECT to_regproc('lidarrmetadata.search_key')")
    return found is not None


async def create_search(connection: Connection) -> None:
    """Make functions and indexes. Raises what asyncpg raises."""
    for part in search_statements():
        await connection.execute(part)


if __name__ == "__main__":
    print(";\n\n".join(part.strip() for part in search_statements()) + ";")  # noqa: T201  for psql
