-- Who is named in artist credits, and how.
-- $1 int[]  artist credit ids, each once
-- One row per artist and credit, in the order of each credit: artist_credit, artist (row id), name.
-- Index: artist_credit_name_pkey, artist_pkey.
SELECT credit.artist_credit, credit.artist, credit.name
  FROM artist_credit_name AS credit
  JOIN artist ON artist.id = credit.artist
 WHERE credit.artist_credit = ANY ($1::int[])
 ORDER BY credit.artist_credit, credit.position
