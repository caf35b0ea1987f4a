-- Artists as lists show them.
-- $1 uuid[]  asked ids, merged ones included
-- One row per asked id that exists: asked (text), gid (text), name.
-- Index: artist_idx_gid, artist_gid_redirect_pkey, artist_pkey.
SELECT artist.gid::text AS asked, artist.gid::text AS gid, artist.name
  FROM artist
 WHERE artist.gid = ANY ($1::uuid[])
 UNION ALL
SELECT redirect.gid::text, artist.gid::text, artist.name
  FROM artist_gid_redirect AS redirect
  JOIN artist ON artist.id = redirect.new_id
 WHERE redirect.gid = ANY ($1::uuid[])
