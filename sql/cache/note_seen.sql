-- Notes changes that have been dealt with; of each id the latest stays.
-- $1 text           kind
-- $2 text[]         ids, sorted by byte: two writers that lock in different orders can deadlock
-- $3 timestamptz[]  when each changed
-- Index: the primary key.
INSERT INTO lidarrmetadata_cache.seen_change AS seen (kind, id, changed)
SELECT $1::text, id, changed
  FROM unnest($2::text[], $3::timestamptz[]) AS change (id, changed)
    ON CONFLICT (kind, id) DO UPDATE
   SET changed = EXCLUDED.changed
 WHERE seen.changed < EXCLUDED.changed
