-- Which artists are meant by these ids, merged ids included.
-- $1 uuid[]  asked ids
-- One row per id that exists: asked (text), artist (row id). A merged id is one hop away from its
-- artist.
-- Index: artist_idx_gid, artist_gid_redirect_pkey.
SELECT artist.gid::text AS asked, artist.id AS artist
  FROM artist
 WHERE artist.gid = ANY ($1::uuid[])
 UNION ALL
SELECT redirect.gid::text, redirect.new_id
  FROM artist_gid_redirect AS redirect
 WHERE redirect.gid = ANY ($1::uuid[])
