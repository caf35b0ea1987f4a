"""What a row of a statement looks like to those who read it."""

from __future__ import annotations

from typing import Any, Protocol


class Row(Protocol):
    """Columns by name, as the statement's file describes them."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401  what a column holds is said in SQL
        """The value of a column."""
