-- The schema of the cache and the list of migrations applied to it, unless they are there: IF NOT
-- EXISTS would ask for the right to create them even then.
DO $$
BEGIN
    IF to_regnamespace('lidarrmetadata_cache') IS NULL THEN
        CREATE SCHEMA lidarrmetadata_cache;
    END IF;
    IF to_regclass('lidarrmetadata_cache.migration') IS NULL THEN
        CREATE TABLE lidarrmetadata_cache.migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            applied timestamp with time zone NOT NULL DEFAULT clock_timestamp()
        );
    END IF;
END
$$
