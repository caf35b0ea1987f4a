-- Makes entries due at once. {table} is one of the eight.
-- $1 text[]       keys
-- $2 timestamptz  the expiry that says so
-- $3 bool         whether that counts as a change, which recent.sql lists: even of what is due already
-- One row per key there is, in no order: key.
-- Rows are locked in the order of their keys, as put.sql does, before any is changed.
-- Index: the primary key.
WITH known AS MATERIALIZED (
    SELECT key, expires
      FROM lidarrmetadata_cache.{table}
     WHERE key = ANY ($1::text[])
     ORDER BY key
       FOR UPDATE
), due AS (
    UPDATE lidarrmetadata_cache.{table} AS entry
       SET expires = $2::timestamptz,
           updated = CASE WHEN $3::bool THEN clock_timestamp() ELSE entry.updated END
      FROM known
     WHERE entry.key = known.key
       AND (known.expires > $2::timestamptz OR $3::bool)
)
SELECT key
  FROM known
