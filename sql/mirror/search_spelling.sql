-- A name in one case, without accents, with the apostrophes of a keyboard: what the function of
-- this name in lidarrmetadata/search/folding.py makes of it, as far as its words go.
-- $1 text  a name
CREATE OR REPLACE FUNCTION lidarrmetadata.search_spelling(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
AS $$
DECLARE
    plain text := left(name, 500);
BEGIN
    IF octet_length(plain) = length(plain) THEN  -- ASCII
        plain := translate(lower(plain COLLATE "C"), '`', '''');
    ELSE
        -- Before they fall apart: U+00B4 is a space and an accent to NFKD.
        plain := translate(plain,
                           U&'\2018\2019\201A\201B\2032`\00B4\02B9\02BB\02BC\02BD\02C8\FF07'
                           '\200B\200C\200D\200E\200F\2060\FEFF\00AD',
                           repeat('''', 13));
        plain := lower(normalize(plain, NFKD) COLLATE lidarrmetadata.letters);
        -- Marks that people leave out. Those of other scripts are letters.
        plain := regexp_replace(
            plain,
            '[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u0640]+' COLLATE "C",
            '', 'g');
        plain := translate(plain, 'øłđðħıŧŋƒə×ςیىکة', 'olddhitnfexσييكه');
        plain := replace(replace(replace(replace(plain,
                         'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ß', 'ss');
        plain := normalize(plain, NFC);
    END IF;
    -- Once more: one character may have become eighteen.
    RETURN trim(left(trim(regexp_replace(plain COLLATE "C", '\s+', ' ', 'g')), 500));
END
$$
