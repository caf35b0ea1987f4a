-- Releases of release groups, with their media and their pictures.
-- $1 int[]  release group row ids
-- One row per release, in no order. Lists of one thing's parts run in parallel (media: media,
-- media_positions, media_formats, media_names; pictures: covers, cover_types). A picture of two
-- types stands there twice, one of none with the type NULL. Dates travel as numbers (20010500 is
-- May 2001), since a date that does not exist, 30 February, would fail the query. Labels that have
-- closed are left out.
-- Index: release_idx_release_group, release_gid_redirect_idx_new_id, release_country_pkey,
--        release_unknown_country_pkey, release_label_idx_release, medium_idx_release_position,
--        cover_art_idx_release, cover_art_type_pkey.
SELECT release.id,
       release.release_group,
       release.gid::text AS gid,
       release.name,
       release.comment,
       release.status,
       ARRAY (SELECT redirect.gid::text
                FROM release_gid_redirect AS redirect
               WHERE redirect.new_id = release.id) AS old_gids,
       ARRAY (SELECT event.date_year * 10000 + coalesce(event.date_month, 0) * 100 + coalesce(event.date_day, 0)
                FROM release_country AS event
               WHERE event.release = release.id
                 AND event.date_year > 0
               UNION ALL
              SELECT event.date_year * 10000 + coalesce(event.date_month, 0) * 100 + coalesce(event.date_day, 0)
                FROM release_unknown_country AS event
               WHERE event.release = release.id
                 AND event.date_year > 0) AS dates,
       ARRAY (SELECT area.name
                FROM release_country AS event
                JOIN area ON area.id = event.country
               WHERE event.release = release.id
               ORDER BY area.name COLLATE "C") AS countries,
       ARRAY (SELECT label.name
                FROM release_label
                JOIN label ON label.id = release_label.label
               WHERE release_label.release = release.id
                 AND NOT label.ended
               GROUP BY label.name
               ORDER BY label.name COLLATE "C") AS labels,
       media.ids AS media,
       media.positions AS media_positions,
       media.formats AS media_formats,
       media.names AS media_names,
       pictures.ids AS covers,
       pictures.types AS cover_types
  FROM release
  LEFT JOIN LATERAL (
       SELECT array_agg(medium.id ORDER BY medium.position, medium.id) AS ids,
              array_agg(medium.position ORDER BY medium.position, medium.id) AS positions,
              array_agg(medium.format ORDER BY medium.position, medium.id) AS formats,
              array_agg(medium.name ORDER BY medium.position, medium.id) AS names
         FROM medium
        WHERE medium.release = release.id
       ) AS media ON true
  LEFT JOIN LATERAL (
       SELECT array_agg(picture.id ORDER BY picture.ordering, picture.id, picture_type.type_id) AS ids,
              array_agg(type.name ORDER BY picture.ordering, picture.id, picture_type.type_id) AS types
         FROM cover_art_archive.cover_art AS picture
         LEFT JOIN cover_art_archive.cover_art_type AS picture_type ON picture_type.id = picture.id
         LEFT JOIN cover_art_archive.art_type AS type ON type.id = picture_type.type_id
        WHERE picture.release = release.id
       ) AS pictures ON true
 WHERE release.release_group = ANY ($1::int[])
