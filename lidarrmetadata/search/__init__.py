"""Finding artists and albums by name, whatever finds the candidates.

folding.py     what is the same in two spellings of a name
names.py       artists and albums as search knows them
matching.py    how well a name answers a query
ranking.py     which of the candidates come first
index/         the built-in index: candidates in milliseconds, without any server
"""
