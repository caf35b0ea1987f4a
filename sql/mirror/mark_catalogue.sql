-- Notes what the catalogue is and how far it got.
-- $1 text  kind: sample or mirror
-- $2 text  state: loading or complete
-- $3 text  a word to people
-- Index: catalogue_pkey.
INSERT INTO lidarrmetadata.catalogue (kind, state, note, updated)
VALUES ($1, $2, $3, now())
ON CONFLICT (only_row) DO UPDATE
   SET kind = EXCLUDED.kind,
       state = EXCLUDED.state,
       note = EXCLUDED.note,
       updated = EXCLUDED.updated
