-- Keeps entries where there are none. {table} is one of the eight.
-- $1 text[]         keys, sorted by byte: two writers that lock in different orders can deadlock
-- $2 timestamptz[]  when each expires
-- $3 bytea[]        values (encoded)
-- Index: the primary key.
INSERT INTO lidarrmetadata_cache.{table} (key, expires, value)
SELECT key, expires, value
  FROM unnest($1::text[], $2::timestamptz[], $3::bytea[]) AS entry (key, expires, value)
    ON CONFLICT (key) DO NOTHING
