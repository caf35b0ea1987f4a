-- Albums (release groups) that are part of a series.
-- $1 uuid  id of the series, merged ones included
-- One row per album and place, in no order: gid (text), link_order (the place), number (text; as it
-- is printed, such as "12b"), year, month, day (when the album first came out). A series without
-- albums is one row without gid; no row at all says that there is no such series.
-- Albums have other relations to series as well: tours are series, and support an album.
-- Index: series_idx_gid, series_gid_redirect_pkey, l_release_group_series_idx_entity1, link_pkey,
--        link_type_pkey, release_group_pkey, release_group_meta_pkey,
--        link_attribute_text_value_pkey.
SELECT part.*
  FROM (SELECT series.id
          FROM series
         WHERE series.gid = $1::uuid
         UNION ALL
        SELECT redirect.new_id
          FROM series_gid_redirect AS redirect
         WHERE redirect.gid = $1::uuid) AS asked
  LEFT JOIN LATERAL (
       SELECT release_group.gid::text AS gid,
              relation.link_order,
              (SELECT value.text_value
                 FROM link_attribute_text_value AS value
                WHERE value.link = relation.link
                  AND value.attribute_type = 788) AS number,  -- "number", the same everywhere
              meta.first_release_date_year AS year,
              meta.first_release_date_month AS month,
              meta.first_release_date_day AS day
         FROM l_release_group_series AS relation
         JOIN link ON link.id = relation.link
         JOIN link_type ON link_type.id = link.link_type
         JOIN release_group ON release_group.id = relation.entity0
         LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
        WHERE relation.entity1 = asked.id
          AND link_type.gid = '01018437-91d8-36b9-bf89-3f885d53b5bd'  -- "part of"
       ) AS part ON TRUE
