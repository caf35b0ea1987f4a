-- Albums (release groups) of an artist that may be meant by a title.
-- $1 text[]  spellings of the artist's name, as in find_artists.sql
-- $2 text[]  folded words of the artist's name, as there
-- $3 text[]  spellings of the title, as in find_albums.sql
-- $4 text[]  folded words of the title
-- $5 int     most rows
-- One row per album: id (row id). Those found by spelling first; then the artists' albums by how
-- many of the words they have, the best known first, down to those that have none. Of artists with
-- thousands of albums only so many are looked at for words.
-- Index: lidarrmetadata_artist_key, _artist_alias_key, _artist_words, _artist_alias_words,
--        _release_group_key, _release_group_alias_key (see lidarrmetadata/mirror/search.py),
--        artist_meta_pkey, artist_credit_name_idx_artist, release_group_idx_artist_credit,
--        release_group_pkey, release_group_meta_pkey.
WITH named AS (
    (SELECT artist.id, 0 AS way
       FROM artist
      WHERE lidarrmetadata.search_key(artist.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 500)
     UNION ALL
    (SELECT alias.artist, 0
       FROM artist_alias AS alias
      WHERE lidarrmetadata.search_key(alias.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 500)
     UNION ALL
    (SELECT artist.id, 1
       FROM artist
      WHERE lidarrmetadata.search_words(artist.name || ' ' || artist.sort_name) @> $2::text[]
      LIMIT 500)
     UNION ALL
    (SELECT alias.artist, 1
       FROM artist_alias AS alias
      WHERE lidarrmetadata.search_words(alias.name) @> $2::text[]
      LIMIT 500)
), known AS MATERIALIZED (
    SELECT named.id, min(named.way) AS way
      FROM named
      LEFT JOIN artist_meta AS meta ON meta.id = named.id
     GROUP BY named.id, meta.rating_count
     ORDER BY way, coalesce(meta.rating_count, 0) DESC, named.id
     LIMIT 200
), credits AS MATERIALIZED (
    SELECT credit.artist_credit, min(known.way) AS way
      FROM known
      JOIN artist_credit_name AS credit ON credit.artist = known.id
     GROUP BY credit.artist_credit
     ORDER BY way, credit.artist_credit
     LIMIT 3000
), titled AS (
    (SELECT release_group.id
       FROM release_group
      WHERE lidarrmetadata.search_key(release_group.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($3::text[]) AS name))
        AND release_group.artist_credit = ANY (ARRAY (SELECT credits.artist_credit FROM credits))
      LIMIT 500)
     UNION ALL
    (SELECT release_group.id
       FROM release_group_alias AS alias
       JOIN release_group ON release_group.id = alias.release_group
      WHERE lidarrmetadata.search_key(alias.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($3::text[]) AS name))
        AND release_group.artist_credit = ANY (ARRAY (SELECT credits.artist_credit FROM credits))
      LIMIT 500)
), theirs AS MATERIALIZED (
    SELECT own.id, own.name
      FROM credits
     CROSS JOIN LATERAL (
           SELECT release_group.id, release_group.name
             FROM release_group
            WHERE release_group.artist_credit = credits.artist_credit
            LIMIT 3000
           ) AS own
     LIMIT 3000
), found AS (
    SELECT titled.id, NULL AS shared
      FROM titled
     UNION ALL
    SELECT theirs.id,
           (SELECT count(*)
              FROM unnest($4::text[]) AS word
             WHERE word = ANY (lidarrmetadata.search_words(theirs.name)))
      FROM theirs
)
SELECT found.id
  FROM found
  LEFT JOIN release_group_meta AS meta ON meta.id = found.id
 GROUP BY found.id, meta.rating_count
 ORDER BY bool_or(found.shared IS NULL) DESC,
          max(found.shared) DESC,
          coalesce(meta.rating_count, 0) DESC,
          found.id
 LIMIT $5::int
