"""What Lidarr needs from every answer: `violations` judges it, `mend_…` sees to it.

shapes.py     the table: every field, its type, what its absence does to Lidarr
relations.py  the rules between fields
values.py     single values, as Lidarr's JSON library reads them
reading.py    Lidarr's way through an answer, on the table
judge.py      `violations`: one answer, status and body
settled.py    the quick look that most documents pass
repair.py     single fields put right, on the table
together.py   the rules between fields put right
mend.py       `mend_artist`, `mend_album`, `mend_list`
"""

from __future__ import annotations

from .judge import Kind, violations
from .mend import ListKind, mend_album, mend_artist, mend_list
from .violation import Mended, Unmendable, Violation

__all__ = [
    "Kind",
    "ListKind",
    "Mended",
    "Unmendable",
    "Violation",
    "mend_album",
    "mend_artist",
    "mend_list",
    "violations",
]
