-- Whether a word for a type, status or format was added or changed: documents by the million may
-- show it. The tables have no time stamps.
-- $1 bigint  first transaction to look at, modulo 2^32
-- $2 bigint  how many transactions from there
-- One row: changed (bool). Index: none, these are a hundred rows.
SELECT EXISTS (SELECT FROM artist_type AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint)
    OR EXISTS (SELECT FROM release_group_primary_type AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint)
    OR EXISTS (SELECT FROM release_group_secondary_type AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint)
    OR EXISTS (SELECT FROM release_status AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint)
    OR EXISTS (SELECT FROM medium_format AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint)
    OR EXISTS (SELECT FROM cover_art_archive.art_type AS word
                WHERE (word.xmin::text::bigint - $1::bigint) & 4294967295 < $2::bigint) AS changed
