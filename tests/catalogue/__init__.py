"""Catalogues made for tests: nothing but invented artists, and every oddity of MusicBrainz."""
