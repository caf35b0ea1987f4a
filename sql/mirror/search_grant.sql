-- Lets everybody use the functions: who reads names, and who writes them, whose rows go through the
-- indexes. Tables in the schema are not opened by it.
GRANT USAGE ON SCHEMA lidarrmetadata TO PUBLIC
