-- Albums (release groups) whose documents show artists that have changed: those credited to them.
-- $1 int[]  row ids of these artists
-- $2 timestamptz[]  beside each, when it changed, NULL if that is not known
-- $3 uuid[] artists whose albums are left out (special-purpose ones: Various Artists has 300,000)
-- $4 int    most rows
-- One row per album: id (row id), at (the last of these changes, NULL if none is known).
-- Index: artist_pkey, artist_credit_name_idx_artist, release_group_idx_artist_credit.
SELECT release_group.id, max(changed.at) AS at
  FROM unnest($1::int[], $2::timestamptz[]) AS changed (artist, at)
  JOIN artist ON artist.id = changed.artist
  JOIN artist_credit_name AS credit ON credit.artist = artist.id
  JOIN release_group ON release_group.artist_credit = credit.artist_credit
 WHERE artist.gid <> ALL ($3::uuid[])
 GROUP BY release_group.id
 LIMIT $4::int
