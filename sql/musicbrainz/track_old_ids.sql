-- Old ids of tracks that others were merged into.
-- $1 int[]  track row ids
-- One row per track that has any: id, old_gids (text[], ordered).
-- Index: track_gid_redirect_idx_new_id.
SELECT redirect.new_id AS id, array_agg(redirect.gid::text ORDER BY redirect.gid) AS old_gids
  FROM track_gid_redirect AS redirect
 WHERE redirect.new_id = ANY ($1::int[])
 GROUP BY redirect.new_id
