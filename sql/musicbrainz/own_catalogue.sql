-- What our own loaders noted about the catalogue they made (table lidarrmetadata.catalogue,
-- sql/mirror/). No arguments. The table is there only if state.sql says `ours`. One row: kind
-- ('sample' or 'mirror'), state ('loading' or 'complete').
SELECT kind, state FROM lidarrmetadata.catalogue
