-- Tracks of media, data tracks left out.
-- $1 int[]  medium row ids
-- One row per track, in no order. Its recording and its artist are fetched once for all tracks that
-- share them (recordings.sql, first_artists.sql): the releases of an album are made of the same
-- recordings over and over.
-- Index: track_idx_medium_position.
SELECT track.id,
       track.gid::text AS gid,
       track.medium,
       track.position,
       track.number,
       track.name,
       track.length,
       track.recording,
       track.artist_credit
  FROM track
 WHERE track.medium = ANY ($1::int[])
   AND NOT track.is_data_track
