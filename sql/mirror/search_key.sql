-- A number that is the same for names that differ in article, punctuation, spaces, accents, case or
-- "&" at most: a hash of the words without the leading article, of everything if there are none.
-- See `keys` in lidarrmetadata/search/folding.py.
-- $1 text  a name
CREATE OR REPLACE FUNCTION lidarrmetadata.search_key(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 300
AS $$
DECLARE
    plain text := lidarrmetadata.search_spelling(name);
    words text[] := lidarrmetadata.search_words(name);
    letters text;
BEGIN
    IF words = '{}' THEN
        letters := replace(plain, ' ', '');
    ELSIF cardinality(words) > 1
          AND split_part(plain, ' ', 1) IN ('the', 'a', 'an', 'le', 'la', 'les', 'el', 'los', 'las',
                                            'die', 'der', 'das', 'il', 'lo', 'gli', 'os') THEN
        letters := array_to_string(words[2:], '');
    ELSIF cardinality(words) > 1
          AND (plain LIKE '%, the' OR plain LIKE '%, a' OR plain LIKE '%, an') THEN
        letters := array_to_string(trim_array(words, 1), '');
    ELSE
        letters := array_to_string(words, '');
    END IF;
    RETURN hashtextextended(left(letters, 120) COLLATE "C", 0);
END
$$
