-- Moves claimed addresses to another time, but for those asked for again meanwhile.
-- $1 text[]            addresses
-- $2 timestamptz[]     when each had been asked for
-- $3 double precision  seconds until they are due; null makes them due since they were asked for,
--                      and thereby the first again
-- Rows are locked in the order of their addresses, as purge_ask.sql does, before any is changed.
-- Index: the primary key.
WITH claimed AS MATERIALIZED (
    SELECT entry.url, entry.asked
      FROM lidarrmetadata_cache.purge AS entry
      JOIN unnest($1::text[], $2::timestamptz[]) AS claim (url, asked)
        ON claim.url = entry.url
       AND claim.asked = entry.asked
     ORDER BY entry.url
       FOR UPDATE OF entry
)
UPDATE lidarrmetadata_cache.purge AS entry
   SET due = COALESCE(
           clock_timestamp() + make_interval(secs => $3::double precision), entry.asked)
  FROM claimed
 WHERE entry.url = claimed.url
   AND entry.asked = claimed.asked
