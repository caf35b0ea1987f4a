"""The built-in index: candidates in milliseconds, without any server.

schema.py      what is indexed of an artist and of an album, and how it is read back
writer.py      writes the two indexes, knows of nothing else
folder.py      where indexes are, which one serves, who may write
catalogue.py   what a catalogue must be able to tell
work.py        does what blocks in a thread
build.py       makes an index from a whole catalogue
update.py      brings an index up to what has changed since
reader.py      opens the index that serves, and keeps to the newest
candidates.py  the questions that a search asks of it
keeper.py      keeps the index of the embedded catalogue while a server runs
errors.py      what is raised here
"""
