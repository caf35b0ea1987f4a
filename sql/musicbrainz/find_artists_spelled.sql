-- Artists of a name, in a catalogue without our indexes (lidarrmetadata/mirror/search.py).
-- $1 text[]  spellings of it
-- $2 uuid[]  artists that are left out (special-purpose ones)
-- $3 int     most rows
-- One row per artist: id (row id), the best known first.
-- Index: artist_idx_name, artist_meta_pkey.
SELECT artist.id
  FROM artist
  LEFT JOIN artist_meta AS meta ON meta.id = artist.id
 WHERE artist.name = ANY ($1::text[])
   AND artist.gid <> ALL ($2::uuid[])
 ORDER BY coalesce(meta.rating_count, 0) DESC, artist.id
 LIMIT $3::int
