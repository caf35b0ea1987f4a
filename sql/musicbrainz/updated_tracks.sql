-- Albums (release groups) with a medium, track or recording that has changed.
-- $1 timestamptz  what is newer has changed; goes for tables that say when
-- $2 bigint  first transaction to look at, modulo 2^32; for tables that do not say when, and for
--            those that say it of new rows only
-- $3 bigint  how many transactions from there; 0 leaves those tables out
-- $4 int     most rows
-- One row per album: id (row id), at (the last change that has a time, NULL if none has). What was
-- deleted leaves no trace.
-- Index: last_updated of each table where there is one, else every table is read through;
--        track_pkey, track_idx_recording, medium_pkey, release_pkey.
SELECT release.release_group AS id,
       max(changed.at) FILTER (WHERE changed.at > $1::timestamptz) AS at
  FROM (
        SELECT medium.release, medium.last_updated AS at
          FROM medium
         WHERE medium.last_updated > $1::timestamptz
         UNION ALL
        SELECT medium.release, part.at
          FROM (
            SELECT track.medium, track.last_updated AS at
              FROM track
             WHERE track.last_updated > $1::timestamptz
             UNION ALL
            SELECT track.medium, redirect.created
              FROM track_gid_redirect AS redirect
              JOIN track ON track.id = redirect.new_id
             WHERE redirect.created > $1::timestamptz
                OR (redirect.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
             UNION ALL
            SELECT track.medium, recording.last_updated
              FROM recording
              JOIN track ON track.recording = recording.id
             WHERE recording.last_updated > $1::timestamptz
             UNION ALL
            SELECT track.medium, redirect.created
              FROM recording_gid_redirect AS redirect
              JOIN track ON track.recording = redirect.new_id
             WHERE redirect.created > $1::timestamptz
                OR (redirect.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
               ) AS part
          JOIN medium ON medium.id = part.medium
       ) AS changed
  JOIN release ON release.id = changed.release
 GROUP BY release.release_group
 LIMIT $4::int
