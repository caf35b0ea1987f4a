-- Makes every entry of a table due at once, which counts as no change. {table} is one of the eight.
-- $1 timestamptz  the expiry that says so
-- Rows are locked in the order of their keys, as put.sql does, before any is changed.
-- Index: {table}_idx_expires for what is left after a first time; else the whole table is read.
WITH fresh AS MATERIALIZED (
    SELECT key
      FROM lidarrmetadata_cache.{table}
     WHERE expires > $1::timestamptz
     ORDER BY key
       FOR UPDATE
)
UPDATE lidarrmetadata_cache.{table} AS entry
   SET expires = $1::timestamptz
  FROM fresh
 WHERE entry.key = fresh.key
