-- Albums (release groups) that may be meant by a query that names them along with their artist.
-- $1 text[]  the parts of the query that may be the artist
-- $2 text[]  beside each, what would be the title then
-- $3 int     most rows
-- One row per album: id (row id), the best known first. Both parts must be right but for article,
-- punctuation, accents and case.
-- Index: lidarrmetadata_artist_key, _artist_alias_key, _release_group_key,
--        _release_group_alias_key (see lidarrmetadata/mirror/search.py),
--        artist_credit_name_idx_artist, release_group_pkey, release_group_meta_pkey.
WITH split AS MATERIALIZED (
    SELECT lidarrmetadata.search_key(part.artist) AS artist,
           lidarrmetadata.search_key(part.album) AS album
      FROM unnest($1::text[], $2::text[]) AS part (artist, album)
), named AS (
    (SELECT lidarrmetadata.search_key(artist.name) AS key, artist.id
       FROM artist
      WHERE lidarrmetadata.search_key(artist.name) = ANY (ARRAY (SELECT split.artist FROM split))
      LIMIT 1000)
     UNION
    (SELECT lidarrmetadata.search_key(alias.name), alias.artist
       FROM artist_alias AS alias
      WHERE lidarrmetadata.search_key(alias.name) = ANY (ARRAY (SELECT split.artist FROM split))
      LIMIT 1000)
), credits AS MATERIALIZED (
    SELECT DISTINCT named.key, credit.artist_credit
      FROM named
      JOIN artist_credit_name AS credit ON credit.artist = named.id
     LIMIT 5000
), found AS (
    (SELECT release_group.id
       FROM credits
       JOIN split ON split.artist = credits.key
       JOIN release_group
         ON lidarrmetadata.search_key(release_group.name) = split.album
        AND release_group.artist_credit = credits.artist_credit
      LIMIT 500)
     UNION
    (SELECT release_group.id
       FROM release_group_alias AS alias
       JOIN split ON split.album = lidarrmetadata.search_key(alias.name)
       JOIN release_group ON release_group.id = alias.release_group
       JOIN credits
         ON credits.artist_credit = release_group.artist_credit AND credits.key = split.artist
      WHERE lidarrmetadata.search_key(alias.name) = ANY (ARRAY (SELECT split.album FROM split))
      LIMIT 500)
)
SELECT found.id
  FROM found
  LEFT JOIN release_group_meta AS meta ON meta.id = found.id
 ORDER BY coalesce(meta.rating_count, 0) DESC, found.id
 LIMIT $3::int
