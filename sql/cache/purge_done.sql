-- Forgets addresses that have been purged, but for those asked for again since they were claimed.
-- $1 text[]         addresses
-- $2 timestamptz[]  when each had been asked for
-- Rows are locked in the order of their addresses, as purge_ask.sql does, before any is deleted.
-- Index: the primary key.
WITH purged AS MATERIALIZED (
    SELECT entry.url, entry.asked
      FROM lidarrmetadata_cache.purge AS entry
      JOIN unnest($1::text[], $2::timestamptz[]) AS claim (url, asked)
        ON claim.url = entry.url
       AND claim.asked = entry.asked
     ORDER BY entry.url
       FOR UPDATE OF entry
)
DELETE FROM lidarrmetadata_cache.purge AS entry
 USING purged
 WHERE entry.url = purged.url
   AND entry.asked = purged.asked
