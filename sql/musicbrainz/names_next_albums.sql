-- The next albums (release groups) to be listed by name.
-- $1 int   row id after which they begin
-- $2 int   most rows
-- $3 bool  whether the catalogue is complete; of a sample, albums without tracks are left out
-- One row per album: id, in order.
-- Index: release_group_pkey; in a sample also release_idx_release_group,
--        medium_idx_release_position, track_idx_medium_position.
SELECT release_group.id
  FROM release_group
 WHERE release_group.id > $1::int
   AND ($3::bool
        OR EXISTS (SELECT
                     FROM release
                     JOIN medium ON medium.release = release.id
                     JOIN track ON track.medium = medium.id
                    WHERE release.release_group = release_group.id
                      AND NOT track.is_data_track))
 ORDER BY release_group.id
 LIMIT $2::int
