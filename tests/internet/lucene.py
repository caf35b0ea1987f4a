"""Lucene's query syntax, as far as anybody who searches for names needs it, and not an inch more.

    query   clause (["AND" | "OR"] clause)*
    clause  ["+" | "-" | "!" | "NOT"] [field ":"] ("(" query ")" | phrase | term)

Everything else that means something to Lucene is an error unless it is escaped: wildcards, ranges,
boosts and regular expressions never belong into a search for a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_TOKEN = re.compile(
    r'(?P<space>\s+)|(?P<open>\()|(?P<close>\))|"(?P<phrase>(?:[^"\\]|\\.)*)"'
    r"|(?P<field>[a-z]+):|(?P<sign>[+!-])|(?P<word>(?:AND|OR|NOT)(?=[\s()]|$))"
    r'|(?P<term>(?:[^\s\\+\-&|!(){}\[\]^"~*?:/]|\\.)+)',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class QuerySyntaxError(Exception):
    """Solr would refuse the query, or take it for something else than a name."""


class Occur(Enum):
    """Whether what matches a clause has to be there."""

    SHOULD = ""
    MUST = "+"
    NOT = "-"


@dataclass(frozen=True)
class Text:
    """A term or phrase, in one field or (without) in all that are searched by default."""

    text: str
    field: str = ""
    is_phrase: bool = False


@dataclass
class Group:
    """Clauses side by side."""

    clauses: list[tuple[Occur, Text | Group]]


def parse(query: str) -> Group:
    """What a query means. Raises QuerySyntaxError."""
    return _Parser(_tokens(query)).whole()


def _tokens(query: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    while position < len(query):
        found = _TOKEN.match(query, position)
        if found is None:
            raise QuerySyntaxError(f"Cannot parse '{query}': {query[position]!r} at {position}")
        position = found.end()
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append((kind, found[kind]))
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._left = tokens[::-1]

    def whole(self) -> Group:
        group = self._group()
        if self._left:
            raise QuerySyntaxError("Cannot parse: ')' without '('")
        return group

    def _next(self, *kinds: str) -> str | None:
        """The next token, if it is one of these kinds."""
        return self._left.pop()[1] if self._left and self._left[-1][0] in kinds else None

    def _group(self) -> Group:
        clauses = [self._clause()]
        while self._left and self._left[-1][0] != "close":
            conjunction = None if self._left[-1][1] == "NOT" else self._next("word")
            occur, clause = self._clause()
            if conjunction == "AND":
                clauses[-1] = (_required(clauses[-1][0]), clauses[-1][1])
                occur = _required(occur)
            clauses.append((occur, clause))
        return Group(clauses)

    def _clause(self) -> tuple[Occur, Text | Group]:
        sign = self._next("sign")
        if sign is None and self._left and self._left[-1] == ("word", "NOT"):
            sign = self._next("word")
        occur = Occur.MUST if sign == "+" else Occur.NOT if sign else Occur.SHOULD
        field = self._next("field") or ""
        if not field and self._next("open") is not None:
            group = self._group()
            if self._next("close") is None:
                raise QuerySyntaxError("Cannot parse: '(' without ')'")
            return occur, group
        phrase = self._next("phrase")
        said = self._next("term") if phrase is None else phrase
        if said is None:
            raise QuerySyntaxError("Cannot parse: nothing where a word belongs")
        return occur, Text(_ESCAPED.sub(r"\1", said), field, phrase is not None)


def _required(occur: Occur) -> Occur:
    return Occur.MUST if occur is Occur.SHOULD else occur
