-- Removes the collation that search goes by, if it is there.
DROP COLLATION IF EXISTS lidarrmetadata.letters
