"""The separate process that keeps the caches of the server warm.

It uses the server's package, never the reverse.
"""
