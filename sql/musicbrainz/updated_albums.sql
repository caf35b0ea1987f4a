-- Albums (release groups) of which something has changed that only their own documents show: about
-- themselves, or about their releases. Tracks are in updated_tracks.sql.
-- $1 timestamptz  what is newer has changed; goes for tables that say when
-- $2 bigint  first transaction to look at, modulo 2^32; for tables that do not say when, and for
--            those that say it of new rows only
-- $3 bigint  how many transactions from there; 0 leaves those tables out
-- $4 int     most rows
-- One row per album: id (row id), at (the last change that has a time, NULL if none has). What was
-- deleted leaves no trace.
-- Index: last_updated of each table where there is one, else every table is read through;
--        l_release_group_url_idx_entity1, release_label_idx_label, release_pkey, cover_art_pkey.
SELECT changed.id,
       max(changed.at) FILTER (WHERE changed.at > $1::timestamptz) AS at
  FROM (
        SELECT alias.release_group AS id, alias.last_updated AS at
          FROM release_group_alias AS alias
         WHERE alias.last_updated > $1::timestamptz
         UNION ALL
        SELECT chosen.release_group, NULL
          FROM cover_art_archive.release_group_cover_art AS chosen
         WHERE $3::bigint > 0
           AND (chosen.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT release_group_tag.release_group, release_group_tag.last_updated
          FROM release_group_tag
         WHERE release_group_tag.last_updated > $1::timestamptz
         UNION ALL
        SELECT release_group_tag.release_group, genre.last_updated
          FROM genre
          JOIN tag ON tag.name = lower(genre.name)
          JOIN release_group_tag ON release_group_tag.tag = tag.id AND release_group_tag.count > 0
         WHERE genre.last_updated > $1::timestamptz
         UNION ALL
        SELECT release_group_tag.release_group, NULL
          FROM tag
          JOIN release_group_tag ON release_group_tag.tag = tag.id AND release_group_tag.count > 0
         WHERE $3::bigint > 0
           AND (tag.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT relation.entity0, relation.last_updated
          FROM l_release_group_url AS relation
         WHERE relation.last_updated > $1::timestamptz
         UNION ALL
        SELECT relation.entity0, url.last_updated
          FROM url
          JOIN l_release_group_url AS relation ON relation.entity1 = url.id
         WHERE url.last_updated > $1::timestamptz
         UNION ALL
        SELECT relation.entity0, link.created
          FROM link
          JOIN l_release_group_url AS relation ON relation.link = link.id
         WHERE link.created > $1::timestamptz
            OR (link.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
         UNION ALL
        SELECT release.release_group, part.at
          FROM (
            SELECT redirect.new_id AS release, redirect.created AS at
              FROM release_gid_redirect AS redirect
             WHERE redirect.created > $1::timestamptz
                OR (redirect.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
             UNION ALL
            SELECT event.release, NULL
              FROM release_country AS event
             WHERE $3::bigint > 0
               AND (event.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
             UNION ALL
            SELECT event.release, NULL
              FROM release_unknown_country AS event
             WHERE $3::bigint > 0
               AND (event.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
             UNION ALL
            SELECT event.release, area.last_updated
              FROM area
              JOIN release_country AS event ON event.country = area.id
             WHERE area.last_updated > $1::timestamptz
             UNION ALL
            SELECT release_label.release, release_label.last_updated
              FROM release_label
             WHERE release_label.last_updated > $1::timestamptz
             UNION ALL
            SELECT release_label.release, label.last_updated
              FROM label
              JOIN release_label ON release_label.label = label.id
             WHERE label.last_updated > $1::timestamptz
             UNION ALL
            SELECT picture.release, picture.date_uploaded
              FROM cover_art_archive.cover_art AS picture
             WHERE picture.date_uploaded > $1::timestamptz
                OR (picture.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
             UNION ALL
            SELECT picture.release, NULL
              FROM cover_art_archive.cover_art_type AS picture_type
              JOIN cover_art_archive.cover_art AS picture ON picture.id = picture_type.id
             WHERE $3::bigint > 0
               AND (picture_type.xmin::text::bigint - $2::bigint) & 4294967295 < $3::bigint
               ) AS part
          JOIN release ON release.id = part.release
       ) AS changed
 GROUP BY changed.id
 LIMIT $4::int
