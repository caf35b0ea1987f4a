-- Changes that have not been dealt with at their time or later.
-- $1 text           kind
-- $2 text[]         ids
-- $3 timestamptz[]  when each changed
-- One row per change, in no order: id.
-- Index: the primary key.
SELECT change.id
  FROM unnest($2::text[], $3::timestamptz[]) AS change (id, changed)
 WHERE NOT EXISTS (
           SELECT
             FROM lidarrmetadata_cache.seen_change AS seen
            WHERE seen.kind = $1::text
              AND seen.id = change.id
              AND seen.changed >= change.changed)
