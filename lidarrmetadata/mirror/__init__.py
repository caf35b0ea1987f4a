"""A MusicBrainz catalogue of one's own: its tables, its rows, and how it is kept."""
