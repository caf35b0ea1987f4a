-- Which files hold the catalogue; cheap enough to ask before every document, and asked of the
-- system's tables only: a lock on one of these, such as an import's or VACUUM FULL's, holds up nobody
-- who reads the others.
-- No arguments.
-- One row: files (text: changes when a table is emptied or made anew, or it is another database).
-- Names are looked up as it runs (to_regclass): a constant would go on meaning a table that was
-- renamed to make room for its successor.
SELECT concat_ws(' ',
                 database.oid,
                 pg_relation_filenode(to_regclass('artist')),
                 pg_relation_filenode(to_regclass('artist_credit_name')),
                 pg_relation_filenode(to_regclass('release_group')),
                 pg_relation_filenode(to_regclass('release')),
                 pg_relation_filenode(to_regclass('medium')),
                 pg_relation_filenode(to_regclass('track')),
                 pg_relation_filenode(to_regclass('recording'))) AS files
  FROM pg_database AS database
 WHERE database.datname = current_database()
