-- Whether the catalogue knows any series. A copy of MusicBrainz may have left them out.
-- No arguments.
-- One value (bool).
SELECT EXISTS (SELECT FROM series)
