-- Everything MusicBrainz says about release groups themselves.
-- $1 uuid[]  asked ids, merged ones included
-- One row per asked id that exists: asked (text), then the group. credited: its artists' row ids in
-- the order of the credit. cover_release: the release whose cover somebody chose to stand for the
-- group.
-- Index: release_group_idx_gid, release_group_gid_redirect_pkey and _idx_new_id,
--        release_group_meta_pkey, artist_credit_name_pkey, release_group_alias_idx_release_group,
--        l_release_group_url_idx_uniq, release_group_tag_pkey, genre_idx_name,
--        release_group_cover_art_pkey.
WITH asked AS (
    SELECT release_group.gid AS asked, release_group.id
      FROM release_group
     WHERE release_group.gid = ANY ($1::uuid[])
     UNION ALL
    SELECT redirect.gid, redirect.new_id
      FROM release_group_gid_redirect AS redirect
     WHERE redirect.gid = ANY ($1::uuid[])
)
SELECT asked.asked::text AS asked,
       release_group.id,
       release_group.gid::text AS gid,
       release_group.name,
       release_group.comment,
       release_group.type,
       meta.first_release_date_year AS year,
       meta.first_release_date_month AS month,
       meta.first_release_date_day AS day,
       meta.rating,
       meta.rating_count,
       chosen.release AS cover_release,
       ARRAY (SELECT credit.artist
                FROM artist_credit_name AS credit
               WHERE credit.artist_credit = release_group.artist_credit
               ORDER BY credit.position) AS credited,
       ARRAY (SELECT redirect.gid::text
                FROM release_group_gid_redirect AS redirect
               WHERE redirect.new_id = release_group.id) AS old_gids,
       ARRAY (SELECT used.secondary_type
                FROM release_group_secondary_type_join AS used
               WHERE used.release_group = release_group.id) AS secondary_types,
       ARRAY (SELECT alias.name
                FROM release_group_alias AS alias
               WHERE alias.release_group = release_group.id
               ORDER BY alias.primary_for_locale DESC, alias.name COLLATE "C", alias.id) AS aliases,
       ARRAY (SELECT tag.name
                FROM release_group_tag
                JOIN tag ON tag.id = release_group_tag.tag
               WHERE release_group_tag.release_group = release_group.id
                 AND release_group_tag.count > 0
                 AND EXISTS (SELECT FROM genre WHERE lower(genre.name) = tag.name)
               ORDER BY release_group_tag.count DESC, tag.name COLLATE "C") AS genres,
       ARRAY (SELECT url.url
                FROM l_release_group_url AS relation
                JOIN link ON link.id = relation.link
                JOIN url ON url.id = relation.entity1
               WHERE relation.entity0 = release_group.id
                 AND NOT link.ended
               GROUP BY url.url
               ORDER BY url.url COLLATE "C") AS links
  FROM asked
  JOIN release_group ON release_group.id = asked.id
  LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
  LEFT JOIN cover_art_archive.release_group_cover_art AS chosen ON chosen.release_group = release_group.id
