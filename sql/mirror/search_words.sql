-- The words of a name, folded, without punctuation: those that the function of this name in
-- lidarrmetadata/search/folding.py gives. None at all if the name is made of punctuation.
-- $1 text  a name
-- Scripts without spaces between words have every sign for a word.
CREATE OR REPLACE FUNCTION lidarrmetadata.search_words(name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 200
AS $$
DECLARE
    plain text := lidarrmetadata.search_spelling(name);
BEGIN
    plain := replace(replace(plain, '&', ' and '), '''', '');
    IF strpos(plain, '+') > 0 THEN
        plain := regexp_replace(plain COLLATE "C", '(^|\s)\+(?=\s)', '\1and', 'g');
    END IF;
    IF strpos(plain, '$') > 0 THEN  -- A$AP, Ke$ha
        plain := regexp_replace(plain COLLATE "C", '\$(?=[a-z])|(?<=[a-z])\$', 's', 'g');
    END IF;
    IF strpos(plain, '!') > 0 THEN  -- P!nk
        plain := regexp_replace(plain COLLATE "C", '(?<=[a-z])!(?=[a-z])', 'i', 'g');
    END IF;
    IF strpos(plain, '.') > 0 THEN  -- M.I.A. and R.E.M, but not J.Lo
        plain := regexp_replace(
            plain COLLATE lidarrmetadata.letters,
            '(?<![[:alnum:]])([[:alpha:]])\.(?=[[:alpha:]]\.)'
            '|(?<=(?:^|[^[:alnum:]])[[:alpha:]]\.)([[:alpha:]])\.(?=[[:alpha:]](?![[:alnum:]]))',
            '\1\2', 'g');
    END IF;
    IF octet_length(plain) = length(plain) THEN  -- ASCII
        plain := regexp_replace(plain COLLATE "C", '[^a-z0-9]+', ' ', 'g');
    ELSE
        plain := translate(
            plain,
            'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパ'
            'ヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ',
            'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱ'
            'ひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ');
        plain := regexp_replace(
            plain,
            '([\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
            '\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])'
            COLLATE "C",
            ' \1 ', 'g');
        plain := regexp_replace(
            plain COLLATE lidarrmetadata.letters,
            '[^[:alnum:]\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+',
            ' ', 'g');
    END IF;
    plain := trim(plain);
    RETURN CASE WHEN plain = '' THEN '{}' ELSE string_to_array(plain, ' ') END;
END
$$
