-- The MBIDs by which artists are asked for, current and retired ones.
-- $1 int[]  row ids
-- One row per MBID: mbid (text), id (row id).
-- Index: artist_pkey, artist_gid_redirect_idx_new_id.
SELECT artist.gid::text AS mbid, artist.id
  FROM artist
 WHERE artist.id = ANY ($1::int[])
 UNION ALL
SELECT redirect.gid::text, redirect.new_id
  FROM artist_gid_redirect AS redirect
 WHERE redirect.new_id = ANY ($1::int[])
