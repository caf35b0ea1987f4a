-- Recordings, each with the ids of those merged into it.
-- $1 int[]  recording row ids, each once
-- One row per recording, in no order.
-- Index: recording_pkey, recording_gid_redirect_idx_new_id.
SELECT recording.id,
       recording.gid::text AS gid,
       recording.video,
       ARRAY (SELECT redirect.gid::text
                FROM recording_gid_redirect AS redirect
               WHERE redirect.new_id = recording.id) AS old_gids
  FROM recording
 WHERE recording.id = ANY ($1::int[])
