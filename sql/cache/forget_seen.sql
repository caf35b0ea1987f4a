-- Forgets changes that are too old to be found once more.
-- $1 timestamptz  those before this
-- Rows are locked in the order of their keys, as note_seen.sql does, before any is deleted.
-- Index: seen_change_idx_changed.
WITH old AS MATERIALIZED (
    SELECT kind, id
      FROM lidarrmetadata_cache.seen_change
     WHERE changed < $1::timestamptz
     ORDER BY kind, id
       FOR UPDATE
)
DELETE FROM lidarrmetadata_cache.seen_change AS seen
 USING old
 WHERE seen.kind = old.kind
   AND seen.id = old.id
