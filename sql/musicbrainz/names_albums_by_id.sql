-- Which of these albums (release groups) are listed by name.
-- $1 uuid[]  their current ids; a merged one is not there
-- $2 bool    whether the catalogue is complete; of a sample, albums without tracks are left out
-- One row per album: id (row id).
-- Index: release_group_idx_gid; in a sample also release_idx_release_group,
--        medium_idx_release_position, track_idx_medium_position.
SELECT release_group.id
  FROM release_group
 WHERE release_group.gid = ANY ($1::uuid[])
   AND ($2::bool
        OR EXISTS (SELECT
                     FROM release
                     JOIN medium ON medium.release = release.id
                     JOIN track ON track.medium = medium.id
                    WHERE release.release_group = release_group.id
                      AND NOT track.is_data_track))
 ORDER BY release_group.id
