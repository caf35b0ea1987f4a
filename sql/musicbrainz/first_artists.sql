-- Who is named first in artist credits.
-- $1 int[]  artist credit ids, each once
-- One row per credit: artist_credit, artist (row id).
-- Index: artist_credit_name_pkey.
SELECT DISTINCT ON (credit.artist_credit) credit.artist_credit, credit.artist
  FROM artist_credit_name AS credit
 WHERE credit.artist_credit = ANY ($1::int[])
 ORDER BY credit.artist_credit, credit.position
