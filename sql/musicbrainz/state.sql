-- What a catalogue is like at this moment.
-- No arguments.
-- One row, or none while there is no data: current_schema_sequence, last_replication_date
-- (timestamptz), empty (whether a table is that never is in a whole catalogue), ours (whether
-- own_catalogue.sql can tell more), folded (whether names can be found whatever their spelling: all
-- that lidarrmetadata/mirror/search.py makes is there). Waits for whoever has one of these tables to
-- himself.
SELECT control.current_schema_sequence,
       control.last_replication_date,
       NOT (EXISTS (SELECT FROM artist)
            AND EXISTS (SELECT FROM artist_credit_name)
            AND EXISTS (SELECT FROM release_group)
            AND EXISTS (SELECT FROM release)
            AND EXISTS (SELECT FROM medium)
            AND EXISTS (SELECT FROM track)
            AND EXISTS (SELECT FROM recording)) AS empty,
       to_regclass('lidarrmetadata.catalogue') IS NOT NULL AS ours,
       coalesce(has_schema_privilege(to_regnamespace('lidarrmetadata'), 'USAGE'), false)
       AND (SELECT count(*) = 7
              FROM pg_index AS index
             WHERE index.indexrelid IN (to_regclass('musicbrainz.lidarrmetadata_artist_key'),
                                        to_regclass('musicbrainz.lidarrmetadata_artist_words'),
                                        to_regclass('musicbrainz.lidarrmetadata_artist_alias_key'),
                                        to_regclass('musicbrainz.lidarrmetadata_artist_alias_words'),
                                        to_regclass('musicbrainz.lidarrmetadata_release_group_key'),
                                        to_regclass('musicbrainz.lidarrmetadata_release_group_words'),
                                        to_regclass('musicbrainz.lidarrmetadata_release_group_alias_key'))
               AND index.indisvalid) AS folded
  FROM replication_control AS control
 LIMIT 1
