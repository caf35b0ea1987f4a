-- Removes what names are found by, indexes on it and all; nothing where there is none.
DROP FUNCTION IF EXISTS lidarrmetadata.search_key(text),
                        lidarrmetadata.search_words(text),
                        lidarrmetadata.search_spelling(text) CASCADE
