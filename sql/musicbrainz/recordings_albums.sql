-- Albums (release groups) that some of these recordings are on.
-- $1 uuid[]  ids of recordings, merged ones included
-- $2 int[]   statuses of official releases (numbers of vocabulary.sql)
-- $3 bool    whether a release without status counts as official; NULL if there is to be none such
-- One row per album, in no order: gid (text), and of that of its releases that has the best
-- proportion of these recordings matched (how many of them), tracks (how many it lists: data and
-- video tracks are not), official; year, month, day (when the album first came out). Of releases as
-- good, an official one.
-- Famous recordings are on a thousand releases: those with most of the recordings are looked at.
-- Index: recording_idx_gid, recording_gid_redirect_pkey, recording_pkey, track_idx_recording,
--        medium_pkey, release_pkey, medium_idx_release_position, track_idx_medium_position,
--        release_group_pkey, release_group_meta_pkey.
WITH asked AS MATERIALIZED (
    SELECT recording.id
      FROM recording
     WHERE recording.gid = ANY ($1::uuid[])
       AND NOT recording.video
     UNION
    SELECT recording.id
      FROM recording_gid_redirect AS redirect
      JOIN recording ON recording.id = redirect.new_id
     WHERE redirect.gid = ANY ($1::uuid[])
       AND NOT recording.video
), matching AS MATERIALIZED (
    SELECT medium.release, count(DISTINCT track.recording) AS matched
      FROM asked
      JOIN track ON track.recording = asked.id AND NOT track.is_data_track
      JOIN medium ON medium.id = track.medium
     GROUP BY medium.release
     ORDER BY matched DESC, medium.release
     LIMIT 2000
), counted AS MATERIALIZED (
    SELECT release.release_group,
           release.id,
           matching.matched,
           CASE WHEN release.status IS NULL THEN $3::bool
                ELSE release.status = ANY ($2::int[]) END AS official,
           (SELECT count(*)
              FROM medium
              JOIN track ON track.medium = medium.id
              JOIN recording ON recording.id = track.recording
             WHERE medium.release = release.id
               AND NOT track.is_data_track
               AND NOT recording.video) AS tracks
      FROM matching
      JOIN release ON release.id = matching.release
     WHERE release.status IS NOT NULL
        OR $3::bool IS NOT NULL
), best AS (
    SELECT DISTINCT ON (counted.release_group)
           counted.release_group, counted.matched, counted.tracks, counted.official
      FROM counted
     ORDER BY counted.release_group,
              counted.matched::float / counted.tracks DESC,
              counted.official DESC,
              counted.matched DESC,
              counted.id
)
SELECT release_group.gid::text AS gid,
       best.matched,
       best.tracks,
       best.official,
       meta.first_release_date_year AS year,
       meta.first_release_date_month AS month,
       meta.first_release_date_day AS day
  FROM best
  JOIN release_group ON release_group.id = best.release_group
  LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
