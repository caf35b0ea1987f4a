-- The schema of what this server itself notes in the catalogue's database.
CREATE SCHEMA IF NOT EXISTS lidarrmetadata
