"""The queries that nobody means, as they are when they have come out of an address."""

from __future__ import annotations

from urllib.parse import unquote

from tests.search.hostile import hostile_queries


def odd_texts(count: int) -> list[str]:
    """So many, lone surrogates among them."""
    return [unquote(query, errors="surrogateescape") for query in hostile_queries(count)]
