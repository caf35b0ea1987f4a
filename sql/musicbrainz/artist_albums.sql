-- Albums listed on an artist's page.
-- $1 int[]  artist row ids (not the special-purpose ones: Various Artists has 300,000)
-- $2 bool   also albums where the artist is not credited first
-- One row per (artist, release group), in no order; twice if the artist stands twice in one credit.
-- A status stands there once per release: removing doubles here costs more than reading them.
-- Types and statuses are numbers of vocabulary.sql, a status is NULL for releases that have none:
-- naming 5,000 albums' words here would take a third of the time.
-- Index: artist_credit_name_idx_artist, release_group_idx_artist_credit, release_group_meta_pkey,
--        release_idx_release_group, release_group_gid_redirect_idx_new_id,
--        release_group_secondary_type_join_pkey.
SELECT credit.artist,
       release_group.gid::text AS gid,
       release_group.name,
       release_group.type,
       meta.first_release_date_year AS year,
       meta.first_release_date_month AS month,
       meta.first_release_date_day AS day,
       meta.rating,
       meta.rating_count,
       ARRAY (SELECT redirect.gid::text
                FROM release_group_gid_redirect AS redirect
               WHERE redirect.new_id = release_group.id) AS old_gids,
       ARRAY (SELECT used.secondary_type
                FROM release_group_secondary_type_join AS used
               WHERE used.release_group = release_group.id) AS secondary_types,
       ARRAY (SELECT release.status
                FROM release
               WHERE release.release_group = release_group.id) AS statuses
  FROM artist_credit_name AS credit
  JOIN release_group ON release_group.artist_credit = credit.artist_credit
  LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
 WHERE credit.artist = ANY ($1::int[])
   AND (credit.position = 0 OR $2::bool)
