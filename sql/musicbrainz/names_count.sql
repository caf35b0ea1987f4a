-- How many artists and albums have names to be listed.
-- $1 uuid[]  artists that are left out (special-purpose ones)
-- $2 bool    whether the catalogue is complete; of a sample, only what it has all of is counted
-- One row: artists, albums (bigint).
-- Index: artist_pkey and release_group_pkey are read through; in a sample also
--        artist_credit_name_idx_artist, release_group_idx_artist_credit, release_idx_release_group,
--        medium_idx_release_position, track_idx_medium_position.
SELECT (SELECT count(*)
          FROM artist
         WHERE artist.gid <> ALL ($1::uuid[])
           AND ($2::bool
                OR EXISTS (SELECT
                             FROM artist_credit_name AS credit
                             JOIN release_group ON release_group.artist_credit = credit.artist_credit
                            WHERE credit.artist = artist.id))) AS artists,
       (SELECT count(*)
          FROM release_group
         WHERE $2::bool
            OR EXISTS (SELECT
                         FROM release
                         JOIN medium ON medium.release = release.id
                         JOIN track ON track.medium = medium.id
                        WHERE release.release_group = release_group.id
                          AND NOT track.is_data_track)) AS albums
