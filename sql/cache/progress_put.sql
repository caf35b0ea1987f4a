-- Notes how far a piece of work has come, and that this was now.
-- $1 text         its name
-- $2 timestamptz  what has been dealt with up to when
-- $3 text         the catalogue's own word for that
INSERT INTO lidarrmetadata_cache.progress (name, since, mark)
VALUES ($1::text, $2::timestamptz, $3::text)
    ON CONFLICT (name) DO UPDATE
   SET since = EXCLUDED.since,
       mark = EXCLUDED.mark,
       finished = EXCLUDED.finished
