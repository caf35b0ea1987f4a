"""MusicBrainz, the catalogue everything else hangs on."""
