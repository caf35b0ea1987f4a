-- Notes that a migration has been applied.
-- $1 int   its number
-- $2 text  its name
INSERT INTO lidarrmetadata_cache.migration (number, name)
VALUES ($1, $2)
