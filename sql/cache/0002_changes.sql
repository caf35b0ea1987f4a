-- What goes with a change: `updated` tells when what is served changed or was called changed, every
-- process that keeps entries in memory hears of it, and changes wait to be purged elsewhere.

-- A value that is written once more as it was is no change; expire.sql says itself when one is due.
CREATE OR REPLACE FUNCTION lidarrmetadata_cache.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.value IS DISTINCT FROM OLD.value THEN
        NEW.updated := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;

-- Tells every listener which entries of a table are not what they were: a JSON object with `table`
-- and `keys`, the latter null for "any of them". A notification holds at most 8,000 bytes.
CREATE FUNCTION lidarrmetadata_cache.announce(changed_table text, changed_keys text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    message text := json_build_object('table', changed_table, 'keys', changed_keys)::text;
BEGIN
    IF octet_length(message) > 7500 THEN
        message := json_build_object('table', changed_table, 'keys', NULL)::text;
    END IF;
    PERFORM pg_notify('lidarrmetadata_cache', message);
END
$$;

-- An entry that only lasts longer than before is no news: who kept it finds out when it is due.
-- That its value is another is told by `updated`: comparing large values means reading them whole.
CREATE FUNCTION lidarrmetadata_cache.announce_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    many CONSTANT integer := 150;
    changed text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM lidarrmetadata_cache.announce(TG_TABLE_NAME::text, NULL);
        RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT key FROM before_it LIMIT many + 1);
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT key FROM after_it LIMIT many + 1);
    ELSE
        -- Planned each time: a plan made for one row and kept would take minutes for thousands.
        EXECUTE 'SELECT ARRAY(
                     SELECT after_it.key
                       FROM after_it
                       JOIN before_it ON before_it.key = after_it.key
                      WHERE after_it.expires < before_it.expires
                         OR after_it.updated <> before_it.updated
                      LIMIT $1)'
           INTO changed
          USING many + 1;
    END IF;
    IF cardinality(changed) > many THEN
        PERFORM lidarrmetadata_cache.announce(TG_TABLE_NAME::text, NULL);
    ELSIF cardinality(changed) > 0 THEN
        PERFORM lidarrmetadata_cache.announce(TG_TABLE_NAME::text, changed);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'artist', 'album', 'spotify', 'fanart', 'tadb', 'wikipedia', 'chart', 'search'
    ] LOOP
        -- Only where the value is written: whoever expires an entry has not read it.
        EXECUTE format('DROP TRIGGER note_change ON lidarrmetadata_cache.%I', name);
        EXECUTE format(
            'CREATE TRIGGER note_change BEFORE INSERT OR UPDATE OF value ON lidarrmetadata_cache.%I
                FOR EACH ROW EXECUTE PROCEDURE lidarrmetadata_cache.note_change()', name);
        EXECUTE format(
            'CREATE TRIGGER announce_insert AFTER INSERT ON lidarrmetadata_cache.%I
                REFERENCING NEW TABLE AS after_it
                FOR EACH STATEMENT EXECUTE PROCEDURE lidarrmetadata_cache.announce_rows()', name);
        EXECUTE format(
            'CREATE TRIGGER announce_update AFTER UPDATE ON lidarrmetadata_cache.%I
                REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
                FOR EACH STATEMENT EXECUTE PROCEDURE lidarrmetadata_cache.announce_rows()', name);
        EXECUTE format(
            'CREATE TRIGGER announce_delete AFTER DELETE ON lidarrmetadata_cache.%I
                REFERENCING OLD TABLE AS before_it
                FOR EACH STATEMENT EXECUTE PROCEDURE lidarrmetadata_cache.announce_rows()', name);
        EXECUTE format(
            'CREATE TRIGGER announce_truncate AFTER TRUNCATE ON lidarrmetadata_cache.%I
                FOR EACH STATEMENT EXECUTE PROCEDURE lidarrmetadata_cache.announce_rows()', name);
    END LOOP;
END
$$;

-- Addresses whose answers a cache in front of the server has yet to forget. `due` moves on with
-- every try; `asked` tells whether one was asked for again while it was being purged.
CREATE TABLE lidarrmetadata_cache.purge (
    url text COLLATE "C" PRIMARY KEY,
    asked timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    due timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0
);
CREATE INDEX purge_idx_due ON lidarrmetadata_cache.purge (due);

-- Changes of the catalogue that have been dealt with, since each is found several times over.
CREATE TABLE lidarrmetadata_cache.seen_change (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    changed timestamp with time zone NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX seen_change_idx_changed ON lidarrmetadata_cache.seen_change (changed);

-- How far work that goes on from where it was has come. `mark` is the catalogue's own word for it.
CREATE TABLE lidarrmetadata_cache.progress (
    name text COLLATE "C" PRIMARY KEY,
    since timestamp with time zone NOT NULL,
    mark text NOT NULL DEFAULT '',
    finished timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);
