-- Takes addresses that are due, the longest due first; nobody else gets them meanwhile.
-- $1 int               how many at most
-- $2 double precision  seconds after which they are due again, unless something is heard of them
-- One row per address, in no order: url, asked, tries (this one included).
-- What others have locked is passed over, so that no claim ever waits.
-- Index: purge_idx_due.
WITH free AS MATERIALIZED (
    SELECT url
      FROM lidarrmetadata_cache.purge
     WHERE due <= clock_timestamp()
     ORDER BY due
     LIMIT $1::int
       FOR UPDATE SKIP LOCKED
)
UPDATE lidarrmetadata_cache.purge AS entry
   SET due = clock_timestamp() + make_interval(secs => $2::double precision),
       tries = entry.tries + 1
  FROM free
 WHERE entry.url = free.url
RETURNING entry.url, entry.asked, entry.tries
