"""What people ask for, and what they expect to find: cases.tsv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

Scope = Literal["artist", "album", "all"]

_NOTHING = "-"
_NOT = "not "


@dataclass(frozen=True)
class Case:
    """A query and the hits expected, by the labels of `tests.search.catalogue.Names`.

    With `within` 1 the first hits are those expected, in this order; else all of them are among the
    first so many. "-" alone expects no hits at all, "not …" that something is none.
    """

    kind: str
    scope: Scope
    query: str
    artist: str
    expected: tuple[str, ...]
    within: int

    def is_met(self, found: Sequence[str]) -> bool:
        """Whether this is what was expected; `found` are the labels of the hits, best first."""
        if self.expected == (_NOTHING,):
            return not found
        if self.expected[0].startswith(_NOT):
            return self.expected[0].removeprefix(_NOT) not in found
        if self.within == 1:
            return tuple(found[: len(self.expected)]) == self.expected
        return {*self.expected} <= {*found[: self.within]}

    def is_possible(self, labels: Container[str]) -> bool:
        """Whether all that is expected is there to be found."""
        return self.expected == (_NOTHING,) or all(
            label.removeprefix(_NOT) in labels for label in self.expected
        )


def all_cases() -> list[Case]:
    """Those in cases.tsv."""
    text = (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8")
    cases = []
    for line in text.splitlines()[1:]:
        kind, scope, query, artist, expected, within = line.split("\t")
        names = tuple(expected.split(" | "))
        cases.append(Case(kind, cast("Scope", scope), query, artist, names, int(within)))
    return cases
