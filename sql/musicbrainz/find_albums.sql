-- Albums (release groups) that may be meant by a title.
-- $1 text[]  spellings of it; an album is found that has one of them for a title or alias but for
--            article, punctuation, accents and case
-- $2 text[]  folded words; an album is found that has all of them in its title; NULL to find none
--            that way
-- $3 int     most rows
-- One row per album: id (row id); those found by spelling first, the best known first.
-- Thousands are called "Greatest Hits": only so many of them are looked at.
-- Index: lidarrmetadata_release_group_key, _release_group_alias_key, _release_group_words (see
--        lidarrmetadata/mirror/search.py), release_group_meta_pkey, release_idx_release_group.
WITH found AS (
    (SELECT release_group.id, 0 AS way
       FROM release_group
      WHERE lidarrmetadata.search_key(release_group.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 5000)
     UNION ALL
    (SELECT alias.release_group, 0
       FROM release_group_alias AS alias
      WHERE lidarrmetadata.search_key(alias.name) = ANY (
            ARRAY (SELECT lidarrmetadata.search_key(name) FROM unnest($1::text[]) AS name))
      LIMIT 1000)
     UNION ALL
    (SELECT release_group.id, 1
       FROM release_group
      WHERE lidarrmetadata.search_words(release_group.name) @> $2::text[]
      LIMIT 2000)
), voted AS (
    SELECT found.id, min(found.way) AS way, coalesce(meta.rating_count, 0) AS votes
      FROM found
      LEFT JOIN release_group_meta AS meta ON meta.id = found.id
     GROUP BY found.id, meta.rating_count
     ORDER BY way, votes DESC, found.id
     LIMIT 500
)
SELECT voted.id
  FROM voted
 ORDER BY voted.way,
          voted.votes DESC,
          (SELECT count(*) FROM release WHERE release.release_group = voted.id) DESC,
          voted.id
 LIMIT $3::int
