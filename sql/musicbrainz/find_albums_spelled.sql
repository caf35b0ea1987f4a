-- Albums (release groups) of a title, in a catalogue without our indexes
-- (lidarrmetadata/mirror/search.py).
-- $1 text[]  spellings of the title
-- $2 text[]  spellings of the artist's name
-- $3 int     most rows
-- One row per album: id (row id); those of the artist first, the best known first.
-- Index: release_group_idx_name, artist_credit_name_pkey, artist_pkey, release_group_meta_pkey.
SELECT found.id
  FROM (SELECT release_group.id, release_group.artist_credit
          FROM release_group
         WHERE release_group.name = ANY ($1::text[])
         LIMIT 5000) AS found
  LEFT JOIN release_group_meta AS meta ON meta.id = found.id
 ORDER BY EXISTS (SELECT
                    FROM artist_credit_name AS credit
                    JOIN artist ON artist.id = credit.artist
                   WHERE credit.artist_credit = found.artist_credit
                     AND (artist.name = ANY ($2::text[]) OR credit.name = ANY ($2::text[]))) DESC,
          coalesce(meta.rating_count, 0) DESC,
          found.id
 LIMIT $3::int
