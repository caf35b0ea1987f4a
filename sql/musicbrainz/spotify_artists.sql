-- Artists that addresses belong to.
-- $1 text[]  addresses
-- One row per address and artist: url, gid (text). Links that still hold come first, then older
-- artists: where several share an address, that is no chance.
-- Index: url_idx_url, l_artist_url_idx_entity1, link_pkey, artist_pkey.
WITH found AS MATERIALIZED (
    SELECT url.id, url.url
      FROM url
     WHERE url.url = ANY ($1::text[])
)
SELECT found.url, artist.gid::text AS gid
  FROM found
  JOIN l_artist_url AS relation ON relation.entity1 = found.id
  JOIN link ON link.id = relation.link
  JOIN artist ON artist.id = relation.entity0
 ORDER BY link.ended, artist.id
