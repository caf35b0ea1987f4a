"""Keys as clients can bring them about: they ask for anything, and questions become keys."""

from __future__ import annotations

ODD_KEYS = (
    "",
    " ",
    "\0",
    "a\0b",
    r"a\0b",
    r"a\u0000b",
    "\\",
    "\\\\",
    "\ud800",
    r"\ud800",
    "\udfff\ud800",
    "\n\t\x7f",
    "{table}",
    "$1'; DROP TABLE artist; --\"",
    "{a,b,NULL}",
    "NULL",
    "é",
    "e\u0301",
    "\U0001f3b8\ufeff\u202e",
    "A",
    "a",
    "x" * 60_000,
    "x" * 60_001,
    "\\" * 60_000,
    "\0" * 1000,
)
