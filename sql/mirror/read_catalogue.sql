-- What our loaders noted about the catalogue they made: kind, state, note, updated. No row if they noted nothing.
SELECT kind, state, note, updated
  FROM lidarrmetadata.catalogue
