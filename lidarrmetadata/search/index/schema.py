"""What is indexed of an artist and of an album, and how it is read back.

Everything is folded before it gets here (search/folding.py), so tantivy only splits at spaces.

    id       16 bytes of the MBID, to delete by
    key      what equal names have in common, of every name: finds exact and nearly exact ones
    words    the words of every name, with their positions
    order    what comes first among equals: grade (albums), then renown
    doc      the whole thing, to be read back
    credit, artist_key   of albums: words and keys of whom they are credited to

Keys and words stand in one of three fields, by their letters: `key` in Latin ones, `key_other` and
`key_wide`. A typo may be any letter there is, and to look among thousands of Chinese ones takes ten
times as long; no typo makes one alphabet of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import tantivy

from lidarrmetadata.search.folding import keys, words
from lidarrmetadata.search.names import AlbumNames, ArtistNames, Grade

if TYPE_CHECKING:
    from collections.abc import Iterable

EDITION = 1
"""Number of this format, raised with every change to it or to folding: others are built anew."""

_MBID = 16  # bytes
_NOBODY = bytes(_MBID)
_MOST_RENOWN = (1 << 32) - 1
_SCRIPTS = ("", "_other", "_wide")
_FIRST_WIDE = "\u2e80"  # from here on: Chinese, Japanese, Korean, and signs without an alphabet
_GRADE_BITS = 32  # grade is worth more than any renown


def artist_schema() -> tantivy.Schema:
    """The fields of artists."""
    return _common().build()


def album_schema() -> tantivy.Schema:
    """The fields of albums."""
    builder = _common()
    for script in _SCRIPTS:
        builder.add_text_field(f"credit{script}", tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field(f"artist_key{script}", tokenizer_name="raw", index_option="basic")
    return builder.build()


def _common() -> tantivy.SchemaBuilder:
    builder = tantivy.SchemaBuilder()
    builder.add_bytes_field("id", indexed=True)
    for script in _SCRIPTS:
        builder.add_text_field(f"key{script}", tokenizer_name="raw", index_option="basic")
        builder.add_text_field(f"words{script}", tokenizer_name="whitespace")
    builder.add_unsigned_field("order", fast=True)
    builder.add_bytes_field("doc", stored=True)
    return builder


def artist_document(artist: ArtistNames) -> tantivy.Document:
    """An artist as it is written. Raises ValueError if its id is no MBID."""
    mbid = mbid_bytes(artist.id)
    document = _named(mbid, (artist.name, artist.sort_name, *artist.aliases))
    document.add_unsigned("order", _renown(artist.renown))
    fields = (artist.name, artist.sort_name, artist.aliases, artist.renown)
    document.add_bytes("doc", mbid + orjson.dumps(fields))
    return document


def album_document(album: AlbumNames) -> tantivy.Document:
    """An album as it is written. Raises ValueError if its id, or its artist's, is no MBID."""
    mbid = mbid_bytes(album.id)
    artist = mbid_bytes(album.artist_id) if album.artist_id else _NOBODY
    document = _named(mbid, (album.title, *album.aliases))
    credit: dict[str, None] = {}
    artists: dict[str, None] = {}
    for name in dict.fromkeys(album.credits):
        artists.update(dict.fromkeys(keys(name)))
        credit.update(dict.fromkeys(words(name)))
    for key in artists:
        document.add_text(field_of("artist_key", key), key)
    _add_words(document, "credit", credit)
    grade = Grade.BOOTLEG - album.grade
    document.add_unsigned("order", (grade << _GRADE_BITS) + _renown(album.renown))
    fields = (album.title, album.aliases, album.credits, album.renown, album.grade.value)
    document.add_bytes("doc", mbid + artist + orjson.dumps(fields))
    return document


def field_of(field: str, text: str) -> str:
    """The field for a key or word, by the letters it is written in."""
    if text.isascii():
        return field
    return f"{field}_wide" if max(text) >= _FIRST_WIDE else f"{field}_other"


def by_field(field: str, all_words: Iterable[str]) -> dict[str, list[str]]:
    """Words by the fields they stand in, in order."""
    placed: dict[str, list[str]] = {}
    for word in all_words:
        placed.setdefault(field_of(field, word), []).append(word)
    return placed


def read_artist(stored: bytes) -> ArtistNames:
    """The artist of a `doc`. Raises ValueError if it is none."""
    name, sort_name, aliases, renown = orjson.loads(stored[_MBID:])
    return ArtistNames(_mbid(stored[:_MBID]), name, sort_name, tuple(aliases), renown)


def read_album(stored: bytes) -> AlbumNames:
    """The album of a `doc`. Raises ValueError if it is none."""
    artist = stored[_MBID : 2 * _MBID]
    title, aliases, credits_, renown, grade = orjson.loads(stored[2 * _MBID :])
    return AlbumNames(
        _mbid(stored[:_MBID]),
        title,
        "" if artist == _NOBODY else _mbid(artist),
        tuple(aliases),
        tuple(credits_),
        renown,
        Grade(grade),
    )


def mbid_bytes(mbid: str) -> bytes:
    """An MBID as it is indexed. Raises ValueError if it is none."""
    packed = bytes.fromhex(mbid.replace("-", ""))
    if len(packed) != _MBID:
        raise ValueError(f"{mbid!r} is no MBID")
    return packed


def _mbid(packed: bytes) -> str:
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _named(mbid: bytes, names: Iterable[str]) -> tantivy.Document:
    document = tantivy.Document()
    document.add_bytes("id", mbid)
    all_keys: dict[str, None] = {}
    all_words: set[str] = set()
    for name in dict.fromkeys(names):
        all_keys.update(dict.fromkeys(keys(name)))
        own = words(name)
        # Names for sorting mostly turn the same words round, which finds nothing more.
        if not all_words.issuperset(own):
            all_words.update(own)
            # A value of its own: no phrase runs from one name to the next.
            _add_words(document, "words", own)
    for key in all_keys:
        document.add_text(field_of("key", key), key)
    return document


def _add_words(document: tantivy.Document, field: str, all_words: Iterable[str]) -> None:
    line = " ".join(all_words)
    if line.isascii():
        document.add_text(field, line)
        return
    for place, own in by_field(field, line.split(" ")).items():
        document.add_text(place, " ".join(own))


def _renown(renown: int) -> int:
    return min(max(renown, 0), _MOST_RENOWN)
