-- The columns that a database has in the schemas we read, and which of them begin an index.
-- No arguments.
-- One row per table: name (schema in front unless musicbrainz), columns (text[]), indexed (text[]:
-- columns that come first in a usable index).
SELECT CASE namespace.nspname WHEN 'musicbrainz' THEN '' ELSE namespace.nspname || '.' END
           || class.relname AS name,
       ARRAY (SELECT attribute.attname::text
                FROM pg_attribute AS attribute
               WHERE attribute.attrelid = class.oid
                 AND attribute.attnum > 0
                 AND NOT attribute.attisdropped) AS columns,
       ARRAY (SELECT attribute.attname::text
                FROM pg_index AS index
                JOIN pg_attribute AS attribute
                  ON attribute.attrelid = class.oid AND attribute.attnum = index.indkey[0]
               WHERE index.indrelid = class.oid
                 AND index.indisvalid) AS indexed
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
 WHERE namespace.nspname IN ('musicbrainz', 'cover_art_archive')
   AND class.relkind IN ('r', 'v', 'm', 'p', 'f')
