-- The words behind the numbers of types, statuses and formats. MusicBrainz adds one every few
-- years. No arguments. One row per word: kind, id, name.
SELECT 'artist type' AS kind, id, name FROM artist_type
 UNION ALL
SELECT 'type', id, name FROM release_group_primary_type
 UNION ALL
SELECT 'secondary type', id, name FROM release_group_secondary_type
 UNION ALL
SELECT 'status', id, name FROM release_status
 UNION ALL
SELECT 'format', id, name FROM medium_format
