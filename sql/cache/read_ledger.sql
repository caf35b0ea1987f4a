-- The numbers of the migrations that have been applied.
SELECT number
  FROM lidarrmetadata_cache.migration
