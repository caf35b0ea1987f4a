-- All names of albums (release groups), less those of their artists, and what tells how much the
-- world knows them.
-- $1 int[]  row ids, each once
-- One row per album, in no order: id, gid (text), name, type and secondary_types (numbers of
-- vocabulary.sql), artist_credit, credit (as printed), aliases (each once, the primary ones of a
-- language first), statuses (a number or NULL for each release), votes, links.
-- Index: release_group_pkey, artist_credit_pkey, release_group_meta_pkey,
--        release_group_alias_idx_release_group, release_group_secondary_type_join_pkey,
--        release_idx_release_group, l_release_group_url_idx_uniq.
SELECT release_group.id,
       release_group.gid::text AS gid,
       release_group.name,
       release_group.type,
       release_group.artist_credit,
       credit.name AS credit,
       ARRAY (SELECT alias.name
                FROM release_group_alias AS alias
               WHERE alias.release_group = release_group.id
               GROUP BY alias.name
               ORDER BY bool_or(alias.primary_for_locale) DESC, alias.name COLLATE "C"
               LIMIT 100) AS aliases,
       ARRAY (SELECT used.secondary_type
                FROM release_group_secondary_type_join AS used
               WHERE used.release_group = release_group.id) AS secondary_types,
       ARRAY (SELECT release.status
                FROM release
               WHERE release.release_group = release_group.id) AS statuses,
       coalesce(meta.rating_count, 0) AS votes,
       (SELECT count(*)
          FROM l_release_group_url AS relation
         WHERE relation.entity0 = release_group.id) AS links
  FROM release_group
  JOIN artist_credit AS credit ON credit.id = release_group.artist_credit
  LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
 WHERE release_group.id = ANY ($1::int[])
