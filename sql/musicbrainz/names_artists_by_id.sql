-- Which of these artists are listed by name.
-- $1 uuid[]  their current ids; a merged one is not there
-- $2 uuid[]  artists that are left out (special-purpose ones)
-- $3 bool    whether the catalogue is complete; of a sample, artists without albums are left out
-- One row per artist: id (row id).
-- Index: artist_idx_gid; in a sample also artist_credit_name_idx_artist,
--        release_group_idx_artist_credit.
SELECT artist.id
  FROM artist
 WHERE artist.gid = ANY ($1::uuid[])
   AND artist.gid <> ALL ($2::uuid[])
   AND ($3::bool
        OR EXISTS (SELECT
                     FROM artist_credit_name AS credit
                     JOIN release_group ON release_group.artist_credit = credit.artist_credit
                    WHERE credit.artist = artist.id))
 ORDER BY artist.id
