-- Albums (release groups) that addresses belong to, themselves or by one of their releases.
-- $1 text[]  addresses
-- One row per address and album: url, gid (text). Albums' own links come first, then those that
-- still hold, then older albums.
-- Index: url_idx_url, l_release_group_url_idx_entity1, l_release_url_idx_entity1, link_pkey,
--        release_pkey, release_group_pkey.
WITH found AS MATERIALIZED (
    SELECT url.id, url.url
      FROM url
     WHERE url.url = ANY ($1::text[])
), related AS (
    SELECT found.url, relation.entity0 AS release_group, relation.link, FALSE AS by_release
      FROM found
      JOIN l_release_group_url AS relation ON relation.entity1 = found.id
     UNION ALL
    SELECT found.url, release.release_group, relation.link, TRUE
      FROM found
      JOIN l_release_url AS relation ON relation.entity1 = found.id
      JOIN release ON release.id = relation.entity0
)
SELECT related.url, release_group.gid::text AS gid
  FROM related
  JOIN link ON link.id = related.link
  JOIN release_group ON release_group.id = related.release_group
 ORDER BY related.by_release, link.ended, release_group.id
