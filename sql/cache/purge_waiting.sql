-- How many addresses have yet to be purged.
SELECT count(*)
  FROM lidarrmetadata_cache.purge
