-- The eight tables of the cache, all alike, in a schema of their own: MusicBrainz has an `artist`
-- as well, and both may live in one database.
-- Values come compressed, so PostgreSQL must not try again (EXTERNAL). Keys compare by byte, as the
-- program sorts them, whatever the database's language: all writers lock their rows in one order.
CREATE FUNCTION lidarrmetadata_cache.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated := clock_timestamp();
    RETURN NEW;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'artist', 'album', 'spotify', 'fanart', 'tadb', 'wikipedia', 'chart', 'search'
    ] LOOP
        EXECUTE format(
            'CREATE TABLE lidarrmetadata_cache.%I (
                 key text COLLATE "C" PRIMARY KEY,
                 expires timestamp with time zone NOT NULL,
                 updated timestamp with time zone NOT NULL DEFAULT now(),
                 value bytea NOT NULL
             )', name);
        EXECUTE format(
            'ALTER TABLE lidarrmetadata_cache.%I ALTER COLUMN value SET STORAGE EXTERNAL', name);
        EXECUTE format(
            'CREATE INDEX %I ON lidarrmetadata_cache.%I (expires)', name || '_idx_expires', name);
        EXECUTE format(
            'CREATE INDEX %I ON lidarrmetadata_cache.%I (updated)', name || '_idx_updated', name);
        EXECUTE format(
            'CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON lidarrmetadata_cache.%I
                FOR EACH ROW EXECUTE PROCEDURE lidarrmetadata_cache.note_change()', name);
    END LOOP;
END
$$;
