"""How quick search is over as many names as MusicBrainz has, and whether it finds what was asked.

vocabulary.py  words of several scripts, few of them frequent and most of them rare
catalogue.py   invents artists and albums, before anything is timed
questions.py   what people type: the name, a typo, artist and album, nonsense
building.py    the built-in index of all that, made as the product makes it
asking.py      the questions asked in an event loop, and how long that stood still
over_http.py   searches over HTTP, outside services asked for the hits and not
report.py      all of it for people and for programs
"""
