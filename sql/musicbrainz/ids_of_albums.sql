-- The MBIDs by which albums (release groups) are asked for, current and retired ones.
-- $1 int[]  row ids
-- One row per MBID: mbid (text), id (row id).
-- Index: release_group_pkey, release_group_gid_redirect_idx_new_id.
SELECT release_group.gid::text AS mbid, release_group.id
  FROM release_group
 WHERE release_group.id = ANY ($1::int[])
 UNION ALL
SELECT redirect.gid::text, redirect.new_id
  FROM release_group_gid_redirect AS redirect
 WHERE redirect.new_id = ANY ($1::int[])
