"""The part of the MusicBrainz schema that this server reads, as data.

Of the 375 tables MusicBrainz has, fifty hold what a document needs; and of their indexes only those
that a look-up by row id, MBID or foreign key uses. The rest (search, sorting by name, the website's
own pages) would double the size of a mirror.
"""

from __future__ import annotations

_ARTISTS = """
    artist artist_alias artist_credit artist_credit_name artist_gid_redirect artist_meta artist_tag
    artist_type
"""
_ALBUMS = """
    release_group release_group_alias release_group_gid_redirect release_group_meta
    release_group_primary_type release_group_secondary_type release_group_secondary_type_join
    release_group_tag
"""
_RELEASES = """
    release release_country release_gid_redirect release_label release_status
    release_unknown_country label
"""
_TRACKS = "medium medium_format track track_gid_redirect recording recording_gid_redirect"
_PLACES = "area country_area iso_3166_1"
_WORDS = "genre tag"
_LINKS = """
    url link link_type link_attribute_text_value l_artist_url l_release_group_url l_release_url
    l_release_group_series series series_gid_redirect
"""
_OWN = "replication_control"
_COVERS = "art_type cover_art cover_art_type image_type release_group_cover_art"

_LOOKED_UP_BY = """
    artist_idx_gid artist_gid_redirect_idx_new_id artist_alias_idx_artist
    artist_credit_name_idx_artist
    release_group_idx_gid release_group_idx_artist_credit release_group_gid_redirect_idx_new_id
    release_group_alias_idx_release_group
    release_idx_gid release_idx_release_group release_gid_redirect_idx_new_id
    release_label_idx_release release_label_idx_label
    medium_idx_release_position
    track_idx_medium_position track_idx_recording track_gid_redirect_idx_new_id
    recording_idx_gid recording_gid_redirect_idx_new_id
    genre_idx_name iso_3166_1_idx_area
    url_idx_url
    l_artist_url_idx_uniq l_artist_url_idx_entity1
    l_release_group_url_idx_uniq l_release_group_url_idx_entity1
    l_release_url_idx_uniq l_release_url_idx_entity1
    l_release_group_series_idx_uniq l_release_group_series_idx_entity1
    series_idx_gid series_gid_redirect_idx_new_id
    cover_art_idx_release
"""

MUSICBRAINZ = "musicbrainz"
COVER_ART_ARCHIVE = "cover_art_archive"

TABLES: dict[str, tuple[str, ...]] = {
    MUSICBRAINZ: tuple(
        " ".join((_ARTISTS, _ALBUMS, _RELEASES, _TRACKS, _PLACES, _WORDS, _LINKS, _OWN)).split()
    ),
    COVER_ART_ARCHIVE: tuple(_COVERS.split()),
}
"""The tables we keep, by schema."""

SCHEMA_OF: dict[str, str] = {table: schema for schema, tables in TABLES.items() for table in tables}
"""The schema a table stands in."""

INDEXES: frozenset[str] = frozenset(_LOOKED_UP_BY.split())
"""The indexes we keep besides the primary keys, under MusicBrainz' own names."""
