-- When changes began to be recorded: with the migration that taught `updated` what a change is.
SELECT applied
  FROM lidarrmetadata_cache.migration
 WHERE number = 2
