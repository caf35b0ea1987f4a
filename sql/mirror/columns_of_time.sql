-- Which of these columns these tables have, so that rows made here need not all carry time stamps.
-- $1 text[]  tables
-- $2 text[]  columns
-- One row per table that has any: table, names.
SELECT table_name::text AS table, array_agg(column_name::text ORDER BY column_name) AS names
  FROM information_schema.columns
 WHERE table_schema IN ('musicbrainz', 'cover_art_archive')
   AND table_name = ANY ($1::text[])
   AND column_name = ANY ($2::text[])
 GROUP BY table_name
