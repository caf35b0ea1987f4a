-- Artists whose pages list albums (release groups) that have changed: those credited for them.
-- $1 int[]  row ids of these albums
-- $2 timestamptz[]  beside each, when it changed, NULL if that is not known
-- $3 uuid[] artists on whose pages no albums are listed
-- $4 int    most rows
-- One row per artist: id (row id), at (the last of these changes, NULL if none is known).
-- Index: release_group_pkey, artist_credit_name_pkey, artist_pkey.
SELECT artist.id, max(changed.at) AS at
  FROM unnest($1::int[], $2::timestamptz[]) AS changed (album, at)
  JOIN release_group ON release_group.id = changed.album
  JOIN artist_credit_name AS credit ON credit.artist_credit = release_group.artist_credit
  JOIN artist ON artist.id = credit.artist
 WHERE artist.gid <> ALL ($3::uuid[])
 GROUP BY artist.id
 LIMIT $4::int
