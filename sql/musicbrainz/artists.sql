-- Everything MusicBrainz says about artists, less their albums.
-- $1 int[]  artist row ids
-- One row per artist, in no order. Genres are the tags that name a genre and have more votes for
-- than against; links are addresses. Both come ordered, and so do aliases: the primary ones of a
-- language first. locale_names: (locale, name, sort name) of the aliases that have a language, those
-- to be preferred in theirs first: the primary one, then any but legal names.
-- Index: artist_pkey, artist_meta_pkey, artist_gid_redirect_idx_new_id, artist_alias_idx_artist,
--        l_artist_url_idx_uniq, artist_tag_pkey, genre_idx_name.
SELECT artist.id,
       artist.gid::text AS gid,
       artist.name,
       artist.sort_name,
       artist.comment,
       artist.ended,
       artist.type,
       artist_meta.rating,
       artist_meta.rating_count,
       ARRAY (SELECT redirect.gid::text
                FROM artist_gid_redirect AS redirect
               WHERE redirect.new_id = artist.id) AS old_gids,
       ARRAY (SELECT alias.name
                FROM artist_alias AS alias
               WHERE alias.artist = artist.id
               ORDER BY alias.primary_for_locale DESC, alias.name COLLATE "C", alias.id) AS aliases,
       ARRAY (SELECT ARRAY[alias.locale, alias.name::text, alias.sort_name::text]
                FROM artist_alias AS alias
               WHERE alias.artist = artist.id
                 AND alias.locale IS NOT NULL
               ORDER BY alias.primary_for_locale DESC,
                        alias.type IS NOT DISTINCT FROM 2,  -- a legal name
                        alias.name COLLATE "C",
                        alias.id) AS locale_names,
       ARRAY (SELECT tag.name
                FROM artist_tag
                JOIN tag ON tag.id = artist_tag.tag
               WHERE artist_tag.artist = artist.id
                 AND artist_tag.count > 0
                 AND EXISTS (SELECT FROM genre WHERE lower(genre.name) = tag.name)
               ORDER BY artist_tag.count DESC, tag.name COLLATE "C") AS genres,
       ARRAY (SELECT url.url
                FROM l_artist_url AS relation
                JOIN link ON link.id = relation.link
                JOIN url ON url.id = relation.entity1
               WHERE relation.entity0 = artist.id
                 AND NOT link.ended
               GROUP BY url.url
               ORDER BY url.url COLLATE "C") AS links
  FROM artist
  LEFT JOIN artist_meta ON artist_meta.id = artist.id
 WHERE artist.id = ANY ($1::int[])
