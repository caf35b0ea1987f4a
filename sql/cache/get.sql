-- Entries by key, expired ones too. {table} is one of the eight.
-- $1 text[]  keys
-- One row per key there is, in no order: key, expires, value (encoded).
-- Index: the primary key.
SELECT key, expires, value
  FROM lidarrmetadata_cache.{table}
 WHERE key = ANY ($1::text[])
