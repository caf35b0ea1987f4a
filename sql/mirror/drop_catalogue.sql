-- Forgets what was noted about a catalogue, together with the catalogue itself.
DROP TABLE lidarrmetadata.catalogue
