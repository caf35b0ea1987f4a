-- Albums (release groups) of which something has changed that the list on their artists' pages
-- shows too, or that makes them stand on another page.
-- $1 timestamptz  what is newer has changed; goes for tables that say when
-- $2 bigint  first transaction to look at, modulo 2^32; for tables that do not say when, and for
--            those that say it of new rows only
-- $3 bigint  how many transactions from there; 0 leaves those tables out
-- $4 int     most rows
-- One row per album: id (row id), at (the last change that has a time, NULL if none has). What was
-- deleted leaves no trace, but a release's in release_group_meta, which counts them.
-- Index: last_updated of each table where there is one, else every table is read through;
--        release_group_idx_artist_credit.
SELECT changed.id,
       max(changed.at) FILTER (WHERE changed.at > $1::timestamptz) AS at
  FROM (
        SELECT release_group.id, release_group.last_updated AS at
          FROM release_group
         WHERE release_group.last_updated > $1::timestamptz
         UNION ALL
        SELECT redirect.new_id, redirect.created
          FROM release_group_gid_redirect AS redirect
         WHERE redirect.created > $1::timestamptz
            OR (redirect.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT meta.id, NULL
          FROM release_group_meta AS meta
         WHERE $3::bigint > 0
           AND (meta.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT used.release_group, used.created
          FROM release_group_secondary_type_join AS used
         WHERE used.created > $1::timestamptz
            OR (used.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT release_group.id, NULL
          FROM artist_credit_name AS credit
          JOIN release_group ON release_group.artist_credit = credit.artist_credit
         WHERE $3::bigint > 0
           AND (credit.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT release.release_group, release.last_updated
          FROM release
         WHERE release.last_updated > $1::timestamptz
       ) AS changed
 GROUP BY changed.id
 LIMIT $4::int
