-- Artists of whom something has changed that their own documents, and those of their albums, show:
-- all but the list of albums.
-- $1 timestamptz  what is newer has changed; goes for tables that say when
-- $2 bigint  first transaction to look at, modulo 2^32; for tables that do not say when, and for
--            those that say it of new rows only
-- $3 bigint  how many transactions from there; 0 leaves those tables out
-- $4 int     most rows
-- One row per artist: id (row id), at (the last change that has a time, NULL if none has). What was
-- deleted leaves no trace.
-- Index: last_updated of each table where there is one, else every table is read through;
--        l_artist_url_idx_entity1.
SELECT changed.id,
       max(changed.at) FILTER (WHERE changed.at > $1::timestamptz) AS at
  FROM (
        SELECT artist.id, artist.last_updated AS at
          FROM artist
         WHERE artist.last_updated > $1::timestamptz
         UNION ALL
        SELECT redirect.new_id, redirect.created
          FROM artist_gid_redirect AS redirect
         WHERE redirect.created > $1::timestamptz
            OR (redirect.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT alias.artist, alias.last_updated
          FROM artist_alias AS alias
         WHERE alias.last_updated > $1::timestamptz
         UNION ALL
        SELECT meta.id, NULL
          FROM artist_meta AS meta
         WHERE $3::bigint > 0
           AND (meta.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT artist_tag.artist, artist_tag.last_updated
          FROM artist_tag
         WHERE artist_tag.last_updated > $1::timestamptz
         UNION ALL
        SELECT artist_tag.artist, genre.last_updated
          FROM genre
          JOIN tag ON tag.name = lower(genre.name)
          JOIN artist_tag ON artist_tag.tag = tag.id AND artist_tag.count > 0
         WHERE genre.last_updated > $1::timestamptz
         UNION ALL
        SELECT artist_tag.artist, NULL
          FROM tag
          JOIN artist_tag ON artist_tag.tag = tag.id AND artist_tag.count > 0
         WHERE $3::bigint > 0
           AND (tag.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT relation.entity0, relation.last_updated
          FROM l_artist_url AS relation
         WHERE relation.last_updated > $1::timestamptz
         UNION ALL
        SELECT relation.entity0, url.last_updated
          FROM url
          JOIN l_artist_url AS relation ON relation.entity1 = url.id
         WHERE url.last_updated > $1::timestamptz
         UNION ALL
        SELECT relation.entity0, link.created
          FROM link
          JOIN l_artist_url AS relation ON relation.link = link.id
         WHERE link.created > $1::timestamptz
            OR (link.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
       ) AS changed
 GROUP BY changed.id
 LIMIT $4::int
