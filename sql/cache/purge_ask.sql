-- Asks for addresses to be purged; those that wait already are asked for anew.
-- $1 text[]  addresses, each once, sorted by byte: two that lock in different orders can deadlock
-- Index: the primary key.
INSERT INTO lidarrmetadata_cache.purge (url)
SELECT unnest($1::text[])
    ON CONFLICT (url) DO UPDATE
   SET asked = EXCLUDED.asked,
       due = EXCLUDED.due,
       tries = 0
