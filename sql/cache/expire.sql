-- Makes entries due at once. {table} is one of the eight.
-- $1 text[]       keys
-- $2 timestamptz  the expiry that says so; those that have it are not written again
-- Rows are locked in the order of their keys, as put.sql does, before any is changed.
-- Index: the primary key.
WITH due AS MATERIALIZED (
    SELECT key
      FROM lidarrmetadata_cache.{table}
     WHERE key = ANY ($1::text[])
       AND expires > $2::timestamptz
     ORDER BY key
       FOR UPDATE
)
UPDATE lidarrmetadata_cache.{table} AS entry
   SET expires = $2::timestamptz
  FROM due
 WHERE entry.key = due.key
