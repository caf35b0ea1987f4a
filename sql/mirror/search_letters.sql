-- The collation that search goes by: one that knows letters of all scripts, which that of a
-- mirror's database (C) does not. Which there is depends on the server: its own from PostgreSQL 17
-- on, ICU's if it was built with that, else the system's.
-- Changes nothing where it is there already.
DO $$
DECLARE
    known text;
BEGIN
    SELECT held.collname INTO known
      FROM pg_catalog.pg_collation AS held
     WHERE held.collnamespace = 'pg_catalog'::regnamespace
       AND held.collname IN ('pg_unicode_fast', 'pg_c_utf8', 'und-x-icu', 'C.utf8', 'en_US.utf8')
     ORDER BY array_position(
              ARRAY['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu', 'C.utf8', 'en_US.utf8'],
              held.collname::text)
     LIMIT 1;
    IF to_regcollation('lidarrmetadata.letters') IS NULL THEN
        EXECUTE format('CREATE COLLATION lidarrmetadata.letters FROM pg_catalog.%I',
                       coalesce(known, 'default'));
    END IF;
END
$$
