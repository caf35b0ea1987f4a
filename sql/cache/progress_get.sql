-- How far a piece of work has come.
-- $1 text  its name
-- One row or none: since, mark, finished.
SELECT since, mark, finished
  FROM lidarrmetadata_cache.progress
 WHERE name = $1::text
