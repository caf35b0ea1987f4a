-- Artists that may be meant by a name.
-- $1 text[]  spellings of it; an artist is found that has one of them for a name or alias but for
--            article, punctuation, accents and case
-- $2 text[]  folded words; an artist is found that has all of them in its name and sort name, or in
--            an alias; NULL to find none that way
-- $3 uuid[]  artists that are left out (special-purpose ones)
-- $4 int     most rows
-- One row per artist: id (row id); those found by spelling first, the best known first.
-- Thousands have a common word in their names: only so many of them are looked at.
-- Index: lidarrmetadata_artist_key, _artist_alias_key, _artist_words, _artist_alias_words (see
--        lidarrmetadata/mirror/search.py), artist_pkey, artist_meta_pkey,
--        artist_credit_name_idx_artist.
WITH found AS (
    (SELECT artist.id, 0 AS way
       FROM artist
      WHERE lidarrmetadata.search_key(artist.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 1000)
     UNION ALL
    (SELECT alias.artist, 0
       FROM artist_alias AS alias
      WHERE lidarrmetadata.search_key(alias.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 1000)
     UNION ALL
    (SELECT artist.id, 1
       FROM artist
      WHERE lidarrmetadata.search_words(artist.name || ' ' || artist.sort_name) @> $2::text[]
      LIMIT 1000)
     UNION ALL
    (SELECT alias.artist, 1
       FROM artist_alias AS alias
      WHERE lidarrmetadata.search_words(alias.name) @> $2::text[]
      LIMIT 1000)
), voted AS (
    SELECT artist.id, min(found.way) AS way, coalesce(meta.rating_count, 0) AS votes
      FROM found
      JOIN artist ON artist.id = found.id
      LEFT JOIN artist_meta AS meta ON meta.id = artist.id
     WHERE artist.gid <> ALL ($3::uuid[])
     GROUP BY artist.id, meta.rating_count
     ORDER BY way, votes DESC, artist.id
     LIMIT 500
)
SELECT voted.id
  FROM voted
 ORDER BY voted.way,
          voted.votes DESC,
          (SELECT count(*) FROM artist_credit_name AS credit WHERE credit.artist = voted.id) DESC,
          voted.id
 LIMIT $4::int
