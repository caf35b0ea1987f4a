-- All names of artists, and the numbers that tell how much the world knows them.
-- $1 int[]   row ids, each once
-- $2 uuid[]  artists whose albums are not counted (special-purpose ones: Various Artists has 300,000)
-- One row per artist, in no order: id, gid (text), name, sort_name, aliases (each once, the primary
-- ones of a language first), albums (release groups they are credited for), votes, links.
-- Index: artist_pkey, artist_meta_pkey, artist_alias_idx_artist, artist_credit_name_idx_artist,
--        release_group_idx_artist_credit, l_artist_url_idx_uniq.
SELECT artist.id,
       artist.gid::text AS gid,
       artist.name,
       artist.sort_name,
       ARRAY (SELECT alias.name
                FROM artist_alias AS alias
               WHERE alias.artist = artist.id
               GROUP BY alias.name
               ORDER BY bool_or(alias.primary_for_locale) DESC, alias.name COLLATE "C"
               LIMIT 100) AS aliases,
       CASE WHEN artist.gid <> ALL ($2::uuid[])
            THEN (SELECT count(*)
                    FROM artist_credit_name AS credit
                    JOIN release_group ON release_group.artist_credit = credit.artist_credit
                   WHERE credit.artist = artist.id)
            ELSE 0 END AS albums,
       coalesce(meta.rating_count, 0) AS votes,
       (SELECT count(*) FROM l_artist_url AS relation WHERE relation.entity0 = artist.id) AS links
  FROM artist
  LEFT JOIN artist_meta AS meta ON meta.id = artist.id
 WHERE artist.id = ANY ($1::int[])
