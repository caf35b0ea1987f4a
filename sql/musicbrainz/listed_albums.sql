-- Albums (release groups) as lists show them.
-- $1 uuid[]  asked ids, merged ones included
-- One row per asked id that exists: asked (text), gid (text), name, year, month, day (when it first
-- came out), artist (text) and artist_name of the artist credited first.
-- Index: release_group_idx_gid, release_group_gid_redirect_pkey, release_group_pkey,
--        release_group_meta_pkey, artist_credit_name_pkey, artist_pkey.
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
       release_group.gid::text AS gid,
       release_group.name,
       meta.first_release_date_year AS year,
       meta.first_release_date_month AS month,
       meta.first_release_date_day AS day,
       artist.gid::text AS artist,
       artist.name AS artist_name
  FROM asked
  JOIN release_group ON release_group.id = asked.id
  LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
 CROSS JOIN LATERAL (SELECT credit.artist
                       FROM artist_credit_name AS credit
                      WHERE credit.artist_credit = release_group.artist_credit
                      ORDER BY credit.position
                      LIMIT 1) AS first
  JOIN artist ON artist.id = first.artist
