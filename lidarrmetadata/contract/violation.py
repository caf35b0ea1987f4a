"""What is wrong with a document, said so that a log line, a metric and a person can each use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import ContractBroken

# Rules of answers that Lidarr refuses in good order: it reads them as the error they are.
ERROR_ANSWERS = frozenset({"bad-request", "not-found", "unavailable", "failed"})

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its short name, the place (`Releases[0].Tracks[3].ArtistId`), and why.

    `path` is "" for the answer as a whole. For a repair, `reason` says what was done.
    """

    rule: str
    path: str
    reason: str

    @property
    def is_error_answer(self) -> bool:
        """True for a proper error answer, which Lidarr understands; False for a broken one."""
        return self.rule in ERROR_ANSWERS

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True, slots=True)
class Mended(Generic[Document]):
    """What may be sent, and what had to be done to it. Without repairs it is the object given."""

    document: Document
    repairs: list[Violation]


class Unmendable(ContractBroken):
    """The `ContractBroken` that mending raises; `violation` is the rule that cannot be kept."""

    def __init__(self, rule: str, path: str, reason: str) -> None:
        self.violation = Violation(rule, path, reason)
        super().__init__(str(self.violation))


def join(path: str, name: str) -> str:
    """Return the path of a part: `Releases[0]` and `Title` make `Releases[0].Title`."""
    return f"{path}.{name}" if path and name else path or name
