-- An album the obvious way: one statement that gives the finished document, every list nested in
-- what it belongs to. What our statements are measured against; nothing else uses it.
-- $1 uuid[]  album ids
-- One row per album: album (json).
SELECT row_to_json(album) AS album
  FROM (SELECT release_group.gid AS id,
               release_group.name AS title,
               release_group.comment AS disambiguation,
               type.name AS type,
               meta.first_release_date_year AS year,
               meta.first_release_date_month AS month,
               meta.first_release_date_day AS day,
               meta.rating,
               meta.rating_count,
               (SELECT artist.gid
                  FROM artist_credit_name AS credit
                  JOIN artist ON artist.id = credit.artist
                 WHERE credit.artist_credit = release_group.artist_credit
                   AND credit.position = 0) AS artistid,
               ARRAY (SELECT redirect.gid
                        FROM release_group_gid_redirect AS redirect
                       WHERE redirect.new_id = release_group.id) AS oldids,
               ARRAY (SELECT secondary.name
                        FROM release_group_secondary_type_join AS used
                        JOIN release_group_secondary_type AS secondary ON secondary.id = used.secondary_type
                       WHERE used.release_group = release_group.id) AS secondarytypes,
               ARRAY (SELECT alias.name
                        FROM release_group_alias AS alias
                       WHERE alias.release_group = release_group.id) AS aliases,
               ARRAY (SELECT tag.name
                        FROM release_group_tag
                        JOIN tag ON tag.id = release_group_tag.tag
                        JOIN genre ON lower(genre.name) = tag.name
                       WHERE release_group_tag.release_group = release_group.id
                         AND release_group_tag.count > 0
                       ORDER BY release_group_tag.count DESC) AS genres,
               ARRAY (SELECT url.url
                        FROM l_release_group_url AS relation
                        JOIN url ON url.id = relation.entity1
                       WHERE relation.entity0 = release_group.id) AS links,
               ARRAY (SELECT DISTINCT artist.gid
                        FROM release
                        JOIN medium ON medium.release = release.id
                        JOIN track ON track.medium = medium.id
                        JOIN artist_credit_name AS credit
                          ON credit.artist_credit = track.artist_credit AND credit.position = 0
                        JOIN artist ON artist.id = credit.artist
                       WHERE release.release_group = release_group.id) AS artistids,
               (SELECT json_agg(row_to_json(picture))
                  FROM (SELECT release.gid AS release, cover_art.id, art_type.name AS type
                          FROM release
                          JOIN cover_art_archive.cover_art ON cover_art.release = release.id
                          JOIN cover_art_archive.cover_art_type ON cover_art_type.id = cover_art.id
                          JOIN cover_art_archive.art_type ON art_type.id = cover_art_type.type_id
                         WHERE release.release_group = release_group.id) AS picture) AS images,
               (SELECT json_agg(row_to_json(edition))
                  FROM (SELECT release.gid AS id,
                               release.name AS title,
                               release.comment AS disambiguation,
                               status.name AS status,
                               ARRAY (SELECT redirect.gid
                                        FROM release_gid_redirect AS redirect
                                       WHERE redirect.new_id = release.id) AS oldids,
                               ARRAY (SELECT label.name
                                        FROM release_label
                                        JOIN label ON label.id = release_label.label
                                       WHERE release_label.release = release.id) AS label,
                               ARRAY (SELECT area.name
                                        FROM release_country AS event
                                        JOIN area ON area.id = event.country
                                       WHERE event.release = release.id) AS country,
                               (SELECT min(date_year * 10000 + coalesce(date_month, 0) * 100 + coalesce(date_day, 0))
                                  FROM (SELECT date_year, date_month, date_day
                                          FROM release_country AS event
                                         WHERE event.release = release.id
                                         UNION ALL
                                        SELECT date_year, date_month, date_day
                                          FROM release_unknown_country AS event
                                         WHERE event.release = release.id) AS event
                                 WHERE date_year > 0) AS releasedate,
                               (SELECT json_agg(row_to_json(disc))
                                  FROM (SELECT medium.position, medium.name, format.name AS format
                                          FROM medium
                                          LEFT JOIN medium_format AS format ON format.id = medium.format
                                         WHERE medium.release = release.id
                                         ORDER BY medium.position) AS disc) AS media,
                               (SELECT count(*)
                                  FROM medium
                                  JOIN track ON track.medium = medium.id
                                 WHERE medium.release = release.id) AS trackcount,
                               (SELECT json_agg(row_to_json(song))
                                  FROM (SELECT track.gid AS id,
                                               track.name AS trackname,
                                               track.number AS tracknumber,
                                               track.position AS trackposition,
                                               track.length AS durationms,
                                               medium.position AS mediumnumber,
                                               recording.gid AS recordingid,
                                               ARRAY (SELECT redirect.gid
                                                        FROM track_gid_redirect AS redirect
                                                       WHERE redirect.new_id = track.id) AS oldids,
                                               ARRAY (SELECT redirect.gid
                                                        FROM recording_gid_redirect AS redirect
                                                       WHERE redirect.new_id = recording.id) AS oldrecordingids,
                                               (SELECT artist.gid
                                                  FROM artist_credit_name AS credit
                                                  JOIN artist ON artist.id = credit.artist
                                                 WHERE credit.artist_credit = track.artist_credit
                                                   AND credit.position = 0) AS artistid
                                          FROM medium
                                          JOIN track ON track.medium = medium.id
                                          JOIN recording ON recording.id = track.recording
                                         WHERE medium.release = release.id
                                           AND NOT recording.video
                                           AND NOT track.is_data_track
                                         ORDER BY medium.position, track.position) AS song) AS tracks
                          FROM release
                          LEFT JOIN release_status AS status ON status.id = release.status
                         WHERE release.release_group = release_group.id) AS edition) AS releases
          FROM release_group
          LEFT JOIN release_group_primary_type AS type ON type.id = release_group.type
          LEFT JOIN release_group_meta AS meta ON meta.id = release_group.id
         WHERE release_group.gid = ANY ($1::uuid[])) AS album
