-- The next artists to be listed by name.
-- $1 int     row id after which they begin
-- $2 int     most rows
-- $3 uuid[]  artists that are left out (special-purpose ones)
-- $4 bool    whether the catalogue is complete; of a sample, artists without albums are left out
-- One row per artist: id, in order.
-- Index: artist_pkey; in a sample also artist_credit_name_idx_artist,
--        release_group_idx_artist_credit.
SELECT artist.id
  FROM artist
 WHERE artist.id > $1::int
   AND artist.gid <> ALL ($3::uuid[])
   AND ($4::bool
        OR EXISTS (SELECT
                     FROM artist_credit_name AS credit
                     JOIN release_group ON release_group.artist_credit = credit.artist_credit
                    WHERE credit.artist = artist.id))
 ORDER BY artist.id
 LIMIT $2::int
