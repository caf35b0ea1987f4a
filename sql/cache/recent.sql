-- What changed lately, the latest first. {table} is artist or album.
-- $1 timestamptz  since when
-- $2 int          how many at most
-- One row per key: key, updated.
-- Index: {table}_idx_updated.
SELECT key, updated
  FROM lidarrmetadata_cache.{table}
 WHERE updated > $1::timestamptz
 ORDER BY updated DESC, key
 LIMIT $2::int
